//! Who may log in to a host of the lab?

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// Users and their passwords; shown by name only.
#[derive(Clone, Default)]
pub struct Accounts(Arc<HashMap<String, String>>);

impl Accounts {
    /// Accounts from (user, password) pairs.
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(Arc::new(pairs.into_iter().collect()))
    }

    /// Whether that is the user's password.
    pub fn admit(&self, user: &str, password: &str) -> bool {
        self.0.get(user).is_some_and(|known| known == password)
    }

    /// The users.
    pub fn users(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.users()).finish()
    }
}

/// User and password of a SASL PLAIN response in base64 (RFC 4616 §2); `None` when it is not one.
pub(crate) fn plain(response: &[u8]) -> Option<(String, String)> {
    let text = String::from_utf8(STANDARD.decode(response).ok()?).ok()?;
    let mut fields = text.split('\0').skip(1);
    let (user, password) = (fields.next()?.to_owned(), fields.next()?.to_owned());
    fields.next().is_none().then_some((user, password))
}
