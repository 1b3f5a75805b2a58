//! `limits`: how many pings are taken, from whom and for what.

/// How many pings are taken. A sender over its limit is told to come back later; over the site's own, pings are
/// held and not published by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Pings an hour from one address prefix (/24 or /48).
    pub prefix: u32,
    /// Pings an hour from one registrable domain (of the permalink).
    pub domain: u32,
    /// Pings an hour to one id.
    pub id: u32,
    /// Webmentions an hour from one page to another.
    pub pair: u32,
    /// Webmentions an hour from one proxy, instead of the limits above (but for `pair`) and `site`.
    pub proxy: u32,
    /// Webmentions of proxies from one address prefix that are not verified, as a burst and as many more in a day.
    pub proxy_prefix: u32,
    /// Pings an hour in all, before they are only held.
    pub site: u32,
    /// New ids a day, before pings to further ones are only held.
    pub new_ids: u32,
    /// New ids a day from one address prefix.
    pub prefix_ids: u32,
    /// Ids in all.
    pub ids: u32,
    /// Pings that may wait for the owner.
    pub waiting: u32,
    /// Requests a day to other servers, for the pages behind pings.
    pub dial: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            prefix: 6,
            domain: 10,
            id: 20,
            pair: 6,
            proxy: 600,
            proxy_prefix: 60,
            site: 60,
            new_ids: 50,
            prefix_ids: 10,
            ids: 5_000,
            waiting: 5_000,
            dial: 2_000,
        }
    }
}

impl Limits {
    /// What each is called in the configuration.
    pub const NAMES: [&str; 12] = [
        "prefix",
        "domain",
        "id",
        "pair",
        "proxy",
        "proxy_prefix",
        "site",
        "new_ids",
        "prefix_ids",
        "ids",
        "waiting",
        "dial",
    ];

    /// Reads items such as `prefix 6`; what is not named keeps its default. The error says what is wrong with an item.
    pub(super) fn read(items: &[String]) -> Result<Limits, String> {
        let mut limits = Limits::default();
        for item in items {
            let (name, number) = item.trim().split_once(' ').unwrap_or((item.trim(), ""));
            let place = match name {
                "prefix" => &mut limits.prefix,
                "domain" => &mut limits.domain,
                "id" => &mut limits.id,
                "pair" => &mut limits.pair,
                "proxy" => &mut limits.proxy,
                "proxy_prefix" => &mut limits.proxy_prefix,
                "site" => &mut limits.site,
                "new_ids" => &mut limits.new_ids,
                "prefix_ids" => &mut limits.prefix_ids,
                "ids" => &mut limits.ids,
                "waiting" => &mut limits.waiting,
                "dial" => &mut limits.dial,
                _ => {
                    let names = Limits::NAMES.join(", ");
                    return Err(format!("`{item}` begins with none of {names}"));
                }
            };
            let number = number.trim().parse().ok().filter(|number| *number > 0);
            *place = number.ok_or_else(|| {
                let most = u32::MAX;
                format!("`{item}` must end with a whole number from 1 to {most}, as `{name} 6`")
            })?;
        }
        Ok(limits)
    }
}
