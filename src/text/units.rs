//! Whole sentences from faults, and times, months and sizes in words. Times are in seconds.

/// In English.
pub mod english {
    use crate::model::Time;

    /// A capital first, a full stop at the end, and quotation marks for backticks.
    pub fn sentence(words: &str) -> String {
        let mut opens = true;
        let mut sentence = String::with_capacity(words.len() + 8);
        for c in words.chars() {
            match c {
                '`' => {
                    sentence.push(if opens { '“' } else { '”' });
                    opens = !opens;
                }
                c if sentence.is_empty() => sentence.extend(c.to_uppercase()),
                c => sentence.push(c),
            }
        }
        sentence.push('.');
        sentence
    }

    /// How long ago something was.
    pub fn ago(seconds: Time) -> String {
        match seconds {
            ..5 => "just now".to_owned(),
            5..60 => format!("{seconds} s ago"),
            60..3600 => format!("{} min ago", seconds / 60),
            3600..86_400 => format!("{} h ago", seconds / 3600),
            _ => format!("{} ago", count(seconds / 86_400, "day")),
        }
    }

    /// How long something lasts.
    pub fn lasting(seconds: Time) -> String {
        match seconds {
            ..60 => count(seconds, "second"),
            60..3600 if seconds % 60 == 0 => count(seconds / 60, "minute"),
            60..300 => format!("{} {}", count(seconds / 60, "minute"), count(seconds % 60, "second")),
            300..3600 => count(seconds / 60, "minute"),
            3600..86_400 => count(seconds / 3600, "hour"),
            _ => count(seconds / 86_400, "day"),
        }
    }

    /// A number of things.
    pub fn count(number: i64, what: &str) -> String {
        if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
    }

    /// A month of a year.
    pub fn month(year: i16, month: i8) -> String {
        format!("{} {year}", month_name(month))
    }

    /// The name of a month from 1 to 12.
    pub fn month_name(month: i8) -> &'static str {
        const NAMES: [&str; 12] = [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ];
        usize::try_from(month - 1).ok().and_then(|index| NAMES.get(index)).unwrap_or(&"?")
    }
}

/// In Chinese.
pub mod chinese {
    use crate::model::Time;

    /// A full stop at the end, and quotation marks without spaces round them for backticks.
    pub fn sentence(words: &str) -> String {
        let mut opens = true;
        let mut sentence = String::with_capacity(words.len() + 8);
        let mut closed = false;
        for c in words.chars() {
            match c {
                '`' if opens => {
                    // A sentence has spaces round its backticks, Chinese quotation marks have none.
                    sentence.truncate(sentence.trim_end_matches(' ').len());
                    sentence.push('“');
                }
                '`' => sentence.push('”'),
                ' ' if closed => {}
                c => sentence.push(c),
            }
            closed = c == '`' && !opens || closed && c == ' ';
            opens ^= c == '`';
        }
        sentence.push('。');
        sentence
    }

    /// How long ago something was.
    pub fn ago(seconds: Time) -> String {
        match seconds {
            ..5 => "刚刚".to_owned(),
            5..60 => format!("{seconds} 秒前"),
            60..3600 => format!("{} 分钟前", seconds / 60),
            3600..86_400 => format!("{} 小时前", seconds / 3600),
            _ => format!("{} 天前", seconds / 86_400),
        }
    }

    /// How long something lasts.
    pub fn lasting(seconds: Time) -> String {
        match seconds {
            ..60 => format!("{seconds} 秒"),
            60..300 if seconds % 60 != 0 => format!("{} 分 {} 秒", seconds / 60, seconds % 60),
            60..3600 => format!("{} 分钟", seconds / 60),
            3600..86_400 => format!("{} 小时", seconds / 3600),
            _ => format!("{} 天", seconds / 86_400),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_has_no_spaces_round_it_in_chinese() {
        for (words, english, chinese) in [
            ("`a b` is: `c`", "“a b” is: “c”.", "“a b”is:“c”。"),
            (
                "大小 `很多`：请写成 `10 GiB` 或 `1`",
                "大小 “很多”：请写成 “10 GiB” 或 “1”.",
                "大小“很多”：请写成“10 GiB”或“1”。",
            ),
            ("` x ` y", "“ x ” y.", "“ x ”y。"),
            ("12 `", "12 “.", "12“。"),
        ] {
            assert_eq!(english::sentence(words), english);
            assert_eq!(chinese::sentence(words), chinese);
        }
    }
}
