//! A link of a message as the admin writes it: a page, or a host through which clicks are tracked.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{HttpsUrl, Name};

/// What a message links to, over HTTPS on port 443.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Link {
    /// A page that must be there.
    Page(HttpsUrl),
    /// A host of which no page is known to last.
    Host(Name),
}

impl Link {
    pub fn host(&self) -> &Name {
        match self {
            Self::Page(url) => &url.host,
            Self::Host(host) => host,
        }
    }

    /// The page that is asked for.
    pub fn url(&self) -> HttpsUrl {
        match self {
            Self::Page(url) => url.clone(),
            Self::Host(host) => HttpsUrl::new(host, "/"),
        }
    }
}

/// Without its scheme, so that what is said of a host covers its pages.
impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Page(url) => write!(f, "{}{}", url.host, url.target),
            Self::Host(host) => write!(f, "{host}"),
        }
    }
}
