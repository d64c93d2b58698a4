//! What the charts of usage say, in both languages.

use super::{Words, english};

sentences! {
    /// The charts of usage and the tables behind them.
    Chart {
        by_day: fn(&str) -> String, by_month: Words, months: Words, month: Words, sum: fn(&str, &str, &str) -> String,
        most: fn(&str, &str) -> String, below: Words, column: fn(&str, &str, &str, &str) -> String, today: Words, so_far: Words,
        table: Words, short: fn(i8) -> String,
    }
}

/// English.
pub const ENGLISH: Chart = Chart {
    by_day: |month| format!("Usage by day in {month}"),
    by_month: "Usage by month",
    months: "By month",
    month: "Month",
    sum: |total, down, up| format!("{total} in all: {down} downloaded, {up} uploaded."),
    most: |when, size| format!("The most was {size} on {when}."),
    below: "The table below the chart has the numbers.",
    column: |when, total, down, up| format!("{when}: {total} (downloaded {down}, uploaded {up})"),
    today: "today",
    so_far: "so far",
    table: "As a table",
    short: |month| english::month_name(month).chars().take(3).collect(),
};

/// 中文。
pub const CHINESE: Chart = Chart {
    by_day: |month| format!("{month}每日用量"),
    by_month: "每月用量",
    months: "每月用量",
    month: "月份",
    sum: |total, down, up| format!("合计 {total}，其中下载 {down}，上传 {up}。"),
    most: |when, size| format!("最多的是 {when}，{size}。"),
    below: "具体数值见图下方的表格。",
    column: |when, total, down, up| format!("{when}：{total}（下载 {down}，上传 {up}）"),
    today: "今天",
    so_far: "至今",
    table: "以表格显示",
    short: |month| format!("{month}月"),
};
