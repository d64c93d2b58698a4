//! Error pages.

sentences! {
    /// Pages that say why there is no other.
    Failure {
        home = "To the start page", "回到首页";
        bad_request = "That did not work", "无法完成";
        forbidden = "That is not allowed", "不允许这样做";
        not_found = "Not found", "找不到页面";
        method = "That does not work here", "此处不支持这个操作";
        conflict = "That collides", "发生冲突";
        too_large = "Too much at once", "内容过大";
        wait = "Please wait", "请稍候";
        internal = "Something broke", "出错了";
        busy = "Not just now", "暂时无法完成";
    }
}
