//! The whole program from outside, as it stands on the Internet: its sockets, its end, its measurements, and attacks
//! on it.

pub mod browser;

mod attacks;
mod below_a_path;
mod ending;
mod flood;
mod headers;
mod limits;
mod logging;
mod measurements;
mod old_kernel;
mod proxies;
mod sockets;
mod strangers;
mod tls;
mod unit;
