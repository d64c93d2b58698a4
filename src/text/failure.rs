//! Error pages.

sentences! {
    /// Pages that say why there is no other.
    Failure {
        home = "Go to the start page", "回到首页";
        bad_request = "That didn't work", "无法完成";
        forbidden = "That is not allowed", "不允许这样做";
        not_found = "Not found", "找不到页面";
        method = "Not possible here", "此处不支持这个操作";
        conflict = "Conflict", "发生冲突";
        too_large = "Too large", "内容过大";
        wait = "Please wait", "请稍候";
        internal = "Something went wrong", "出错了";
        newer = "This database is from a newer version", "数据库来自更新的版本";
        busy = "Busy, try again", "暂时无法完成";
    }
}
