//! What the operating system says of an error, for people.

/// What it says, and the same in Chinese.
const ERRORS: [(&str, &str); 13] = [
    ("Connection refused", "连接被拒绝，请检查服务器和端口"),
    ("Connection reset by peer", "连接被对方断开"),
    ("Connection timed out", "连接超时，请检查服务器和端口"),
    ("Broken pipe", "连接已断开"),
    ("No route to host", "找不到通往该主机的路由，请检查地址和网络"),
    ("Network is unreachable", "网络不可达，请检查本机的网络"),
    ("Address already in use", "端口已被占用"),
    ("Cannot assign requested address", "本机没有这个地址"),
    ("Permission denied", "没有权限"),
    ("No such file or directory", "没有这个文件或目录"),
    ("Too many open files", "打开的文件过多"),
    ("No space left on device", "磁盘空间不足"),
    ("Read-only file system", "文件系统只读"),
];

/// The same without the number of the error, which only programs need.
pub fn plain(words: &str) -> String {
    const BEGIN: &str = " (os error ";
    let mut plain = String::with_capacity(words.len());
    let mut rest = words;
    while let Some(at) = rest.find(BEGIN) {
        let after = rest[at + BEGIN.len()..].trim_start_matches(|c: char| c.is_ascii_digit() || c == '-');
        let Some(after) = after.strip_prefix(')') else { break };
        plain.push_str(&rest[..at]);
        rest = after;
    }
    plain + rest
}

/// The same in Chinese, as far as it is known.
pub fn chinese(words: &str) -> String {
    ERRORS.iter().fold(plain(words), |words, (english, chinese)| words.replace(english, chinese))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_the_system_is_told_without_its_number() {
        let refused = std::io::Error::from_raw_os_error(111).to_string();
        assert_eq!(plain(&refused), "Connection refused");
        assert_eq!(chinese(&format!("x: {refused}; y")), "x: 连接被拒绝，请检查服务器和端口; y");
        for other in ["", "whatever (os error", "whatever (os error x)", " (os error 5"] {
            assert_eq!(plain(other), other);
        }
        assert_eq!(chinese("a (os error 1), b (os error 2)"), "a, b");
    }
}
