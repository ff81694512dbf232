//! The five services, and in whose name they are asked.

use std::{
    array,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use contract::{
    access::answers_with_a_stream,
    client::{BadAddress, Timeouts, channel_over},
};
use service::{
    auth::{Caller, TokenSource},
    deadline,
    peer::{Guard, Neighbour, Peer},
};
use tonic::transport::Channel;

use crate::{cache::changes, config::PeerUrls, forward::Home};

/// Connections to each service for streams: together they carry more than any service keeps open.
const FOR_STREAMS: usize = 4;

/// Bytes of one stream that may wait for its reader: many slow ones together do not fill their connection, on which others read.
const STREAM_WINDOW: u32 = 64 * 1024;

/// Channels to the five services. They connect at the first call, and again when a connection is lost.
#[derive(Clone, Debug)]
pub(crate) struct Peers {
    /// In the order of [`Home::ALL`].
    channels: [Channel; Home::ALL.len()],
    /// The same for streams. A service bounds what is open on one connection: streams, which stay open, would leave no place there
    /// for what is answered at once.
    for_streams: [[Channel; FOR_STREAMS]; Home::ALL.len()],
    /// Streams opened so far: each takes the next connection.
    streams: Arc<AtomicUsize>,
    /// Where each of them may be found in this process, in the same order.
    neighbours: [Option<Neighbour>; Home::ALL.len()],
    /// What is known of each service, in the same order.
    guards: [Guard; Home::ALL.len()],
    part_timeout: Duration,
}

impl Peers {
    /// Channels to the addresses, over `tls` where they say so; nobody is asked yet.
    pub(crate) fn open(
        urls: &PeerUrls,
        part_timeout: Duration,
        tls: Option<&tls::Connector>,
    ) -> Result<Self, BadAddress> {
        // Each call is bounded where it is made; the bound of a connection attempt is that of the part that needs it.
        let timeouts = Timeouts { connect: part_timeout, request: None, ..Timeouts::default() };
        let all = |timeouts: Timeouts| -> Result<[Channel; Home::ALL.len()], BadAddress> {
            let open = |address: &str| channel_over(tls, address, timeouts);
            let [registry, collection, risk, inspection, punishment] = urls.in_order();
            Ok([open(registry)?, open(collection)?, open(risk)?, open(inspection)?, open(punishment)?])
        };
        let lane = || all(Timeouts { stream_window: Some(STREAM_WINDOW), ..timeouts });
        let lanes: [_; FOR_STREAMS] = [lane()?, lane()?, lane()?, lane()?];
        let for_streams = array::from_fn(|home| array::from_fn(|lane| lanes[lane][home].clone()));
        // Half of the wait for a part: the other half may have gone before the call was made.
        let guards = Home::ALL.map(|home| Guard::new(home.name(), part_timeout / 2, changes_nothing));
        let neighbours = urls.in_order().map(Neighbour::at);
        let channels = all(timeouts)?;
        Ok(Self { channels, for_streams, streams: Arc::default(), neighbours, guards, part_timeout })
    }

    /// One service asked in the name of a caller for the RPC at `path`.
    pub(crate) fn of_caller(&self, home: Home, path: &str, caller: &Caller) -> Peer {
        self.known(home, Peer::as_caller(self.channel_for(home, path), caller))
    }

    /// The channel to one service.
    pub(crate) fn channel(&self, home: Home) -> Channel {
        self.channels[home.index()].clone()
    }

    /// The channel to one service for the RPC at `path`.
    pub(crate) fn channel_for(&self, home: Home, path: &str) -> Channel {
        if !answers_with_a_stream(path) {
            return self.channel(home);
        }
        let next = self.streams.fetch_add(1, Ordering::Relaxed);
        self.for_streams[home.index()][next % FOR_STREAMS].clone()
    }

    /// The services asked in the name of a caller, for the request being answered.
    pub(crate) fn for_caller(&self, caller: &Caller) -> Services {
        self.asked(|channel| Peer::as_caller(channel, caller))
    }

    /// The services asked in the gateway's own name, for the request being answered.
    pub(crate) fn for_everyone(&self, token: &TokenSource) -> Services {
        self.asked(|channel| Peer::as_service(channel, token.clone()))
    }

    fn asked(&self, peer: impl Fn(Channel) -> Peer) -> Services {
        let peer = |home: Home| self.known(home, peer(self.channel(home))).saying_whole();
        Services {
            registry: peer(Home::Registry),
            collection: peer(Home::Collection),
            risk: peer(Home::Risk),
            inspection: peer(Home::Inspection),
            punishment: peer(Home::Punishment),
            bound: self.bound(),
        }
    }

    /// The peer with what is known of its service.
    fn known(&self, home: Home, peer: Peer) -> Peer {
        peer.guarded(self.guards[home.index()].clone()).next_to(self.neighbours[home.index()])
    }

    /// Longest wait for one service's part of the request being answered.
    pub(crate) fn bound(&self) -> Duration {
        bound(self.part_timeout, deadline::remaining())
    }
}

/// The five services in somebody's name.
#[derive(Clone, Debug)]
pub(crate) struct Services {
    pub(crate) registry: Peer,
    pub(crate) collection: Peer,
    pub(crate) risk: Peer,
    pub(crate) inspection: Peer,
    pub(crate) punishment: Peer,
    /// Longest wait for each of them.
    pub(crate) bound: Duration,
}

impl Services {
    /// One of them.
    pub(crate) fn of(&self, home: Home) -> Peer {
        match home {
            Home::Registry => self.registry.clone(),
            Home::Collection => self.collection.clone(),
            Home::Risk => self.risk.clone(),
            Home::Inspection => self.inspection.clone(),
            Home::Punishment => self.punishment.clone(),
        }
    }
}

fn changes_nothing(path: &str) -> bool {
    !changes(path)
}

/// The wait for one part: a tenth of what is left of the request stays for putting the answer together, so that a part
/// that is late does not take the others with it.
fn bound(part_timeout: Duration, left: Option<Duration>) -> Duration {
    left.map_or(part_timeout, |left| part_timeout.min(left - left / 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_ends_before_the_request_that_it_is_for() {
        let (two, ten) = (Duration::from_secs(2), Duration::from_secs(10));
        assert_eq!(bound(two, None), two);
        assert_eq!(bound(two, Some(ten)), two);
        assert_eq!(bound(ten, Some(ten)), Duration::from_secs(9));
        assert_eq!(bound(ten, Some(Duration::ZERO)), Duration::ZERO);
    }
}
