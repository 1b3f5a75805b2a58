//! (being written)
/// A ping.
#[derive(Debug, Clone)]
pub struct Ping {
    /// u
    pub url: String,
    /// u
    pub title: String,
    /// u
    pub excerpt: String,
    /// u
    pub blog_name: String,
}
