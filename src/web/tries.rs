//! How often may an address show a wrong token? A handful at once, then one every few seconds, so that no
//! token is found by trying.
//!
//! Limits: visitors behind one reverse proxy share its address. Who is signed in shows no token and is
//! not held up.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Wrong tokens at once.
pub const AT_ONCE: u32 = 10;

/// And one more after this long.
pub const EACH: Duration = Duration::from_secs(6);

/// So many addresses are remembered; one more forgets the one that would be forgotten first.
const MOST: usize = 4096;

/// When each address will have all its tries again; who has them all is not remembered.
#[derive(Default)]
pub struct Tries(Mutex<HashMap<IpAddr, Instant>>);

impl Tries {
    /// Takes a try, before the token is compared.
    ///
    /// # Errors
    /// There is none left; says after how long there will be one.
    pub fn take(&self, peer: Option<IpAddr>, now: Instant) -> Result<(), Duration> {
        let peer = network(peer);
        let mut known = self.known();
        let whole_at = known.get(&peer).copied().unwrap_or(now).max(now) + EACH;
        let over = (whole_at - now).saturating_sub(EACH * AT_ONCE);
        if over > Duration::ZERO {
            return Err(over);
        }
        if known.len() >= MOST && !known.contains_key(&peer) {
            known.retain(|_, whole_at| *whole_at > now);
            let first = known.iter().min_by_key(|(_, whole_at)| **whole_at);
            let first = first.map(|(peer, _)| *peer).filter(|_| known.len() >= MOST);
            first.map(|first| known.remove(&first));
        }
        known.insert(peer, whole_at);
        Ok(())
    }

    /// The token was right: the try does not count.
    pub fn give_back(&self, peer: Option<IpAddr>) {
        if let Some(whole_at) = self.known().get_mut(&network(peer)) {
            *whole_at = whole_at.checked_sub(EACH).unwrap_or(*whole_at);
        }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<IpAddr, Instant>> {
        // Every change of the map is whole before anything can panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One host has a whole /64 of IPv6 (RFC 4291 §2.5.1). Who has no address shares one.
fn network(peer: Option<IpAddr>) -> IpAddr {
    match peer.map(|peer| peer.to_canonical()) {
        Some(IpAddr::V6(v6)) => {
            let [a, b, c, d, ..] = v6.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        Some(v4) => v4,
        None => Ipv6Addr::UNSPECIFIED.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(written: &str) -> Option<IpAddr> {
        Some(written.parse().unwrap())
    }

    #[test]
    fn a_handful_at_once_and_then_one_after_the_other() {
        let (tries, now) = (Tries::default(), Instant::now());
        let mallory = peer("192.0.2.66");
        for _ in 0..AT_ONCE {
            assert_eq!(tries.take(mallory, now), Ok(()));
        }
        assert_eq!(tries.take(mallory, now), Err(EACH));
        assert_eq!(tries.take(peer("::ffff:192.0.2.66"), now), Err(EACH), "the same address");
        assert_eq!(tries.take(peer("192.0.2.67"), now), Ok(()), "another has its own");
        let half = EACH / 2;
        assert_eq!(tries.take(mallory, now + half), Err(EACH - half));
        assert_eq!(tries.take(mallory, now + EACH), Ok(()));
        assert_eq!(tries.take(mallory, now + EACH), Err(EACH));
        let later = now + EACH * (AT_ONCE + 1);
        for _ in 0..AT_ONCE {
            assert_eq!(tries.take(mallory, later), Ok(()), "all of them come back");
        }
        assert!(tries.take(mallory, later).is_err(), "and no more than that");
    }

    #[test]
    fn what_was_right_does_not_count() {
        let (tries, now) = (Tries::default(), Instant::now());
        for _ in 0..AT_ONCE * 3 {
            assert_eq!(tries.take(None, now), Ok(()));
            tries.give_back(None);
        }
    }

    #[test]
    fn a_network_of_ipv6_is_one_peer_and_there_are_so_many_at_most() {
        let (tries, now) = (Tries::default(), Instant::now());
        for host in 0..AT_ONCE {
            assert_eq!(tries.take(peer(&format!("2001:db8::{host}")), now), Ok(()));
        }
        assert!(tries.take(peer("2001:db8::ffff"), now).is_err());
        assert_eq!(tries.take(peer("2001:db8:0:1::1"), now), Ok(()));
        for other in 0..=MOST {
            let address = IpAddr::from(std::net::Ipv4Addr::from(u32::try_from(other).unwrap()));
            assert_eq!(tries.take(Some(address), now), Ok(()));
        }
        assert_eq!(tries.known().len(), MOST);
        assert!(tries.take(peer("2001:db8::1"), now).is_err(), "who tried most is remembered");
    }
}
