//! Limits the number of connections, in all and from one address. The last places are reserved for
//! people at the console. Connections without a key or session have at most half of the places, and
//! are closed to make room for new ones. A client that does not read its answer is disconnected.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use app::access::proxies::{Range, network};
use axum::Extension;
use axum::middleware::AddExtension;
use axum_server::accept::Accept;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::{Instant, Sleep};
use tower::Layer as _;
use web::connection::{Connection, Proven};

/// Bytes that a reader must take within the time limit, unless fewer are left.
const READ_BYTES_MIN: usize = 64 << 10;

/// How many connections there may be.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    /// Limit of all connections.
    pub(crate) most: usize,
    /// Limit for one address, or for one /64 network of IPv6.
    pub(crate) most_of_address: usize,
    /// Of all connections, those reserved for people at the console.
    pub(crate) reserved: usize,
    /// Trusted proxies: one address with the connections of many clients.
    pub(crate) proxies: Vec<Range>,
    /// How long a client may take to read a part of an answer.
    pub(crate) read_within: Duration,
}

/// An acceptor that accepts like `inner` as long as there is room.
#[derive(Clone)]
pub(crate) struct Bounded<A> {
    inner: A,
    room: Arc<Connections>,
}

impl<A> Bounded<A> {
    /// An acceptor with the limits in `places`.
    pub(crate) fn new(inner: A, places: Places) -> Self {
        Self { inner, room: Arc::new(Connections::new(places)) }
    }
}

/// The open connections and their limits.
struct Connections {
    places: Places,
    proven: Proven,
    taken: Mutex<OpenConnections>,
}

/// Open connections by number, oldest first.
#[derive(Default)]
struct OpenConnections {
    next: u64,
    seats: BTreeMap<u64, Seat>,
}

/// An open connection.
struct Seat {
    /// The address or network of the client. `None` for a trusted proxy, which has many clients.
    network: Option<IpAddr>,
    connection: Connection,
    /// Closes the connection when dropped.
    _open: oneshot::Sender<()>,
}

impl OpenConnections {
    fn unproven(&self) -> impl Iterator<Item = (u64, &Seat)> {
        let seats = self.seats.iter().map(|(number, seat)| (*number, seat));
        seats.filter(|(_, seat)| !seat.connection.is_proven())
    }

    /// The oldest unproven connection of the address that has most of them. It is closed to make
    /// room, so that clients with many connections do not displace clients with one.
    fn least_missed(&self) -> Option<u64> {
        let mut counts: HashMap<IpAddr, usize> = HashMap::new();
        for network in self.unproven().filter_map(|(_, seat)| seat.network) {
            *counts.entry(network).or_default() += 1;
        }
        let count = |seat: &Seat| seat.network.map_or(1, |network| counts[&network]);
        let most = self.unproven().map(|(_, seat)| count(seat)).max()?;
        self.unproven().find(|(_, seat)| count(seat) == most).map(|(number, _)| number)
    }
}

impl Connections {
    fn new(places: Places) -> Self {
        let proven = Proven::new(places.most, places.reserved);
        Self { places, proven, taken: Mutex::default() }
    }

    /// A place for a connection from `address`, or `None` if there is no room.
    fn enter(self: &Arc<Self>, address: IpAddr) -> Option<ConnectionPermit> {
        let Places { most, most_of_address, proxies, .. } = &self.places;
        let is_proxy = proxies.iter().any(|range| range.holds(address));
        let network = (!is_proxy).then(|| network(address));
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let of_network = taken.seats.values().filter(|seat| seat.network == network).count();
        if !is_proxy && of_network >= *most_of_address {
            return None;
        }
        if taken.seats.len() >= *most || taken.unproven().count() >= most.div_ceil(2) {
            let number = taken.least_missed()?;
            taken.seats.remove(&number);
        }
        let number = taken.next;
        taken.next += 1;
        let (open, closed) = oneshot::channel();
        let connection = self.proven.connection();
        let seat = Seat { network, connection: connection.clone(), _open: open };
        taken.seats.insert(number, seat);
        drop(taken);
        Some(ConnectionPermit { room: Arc::clone(self), number, connection, closed })
    }
}

/// A place among the connections, held until dropped.
struct ConnectionPermit {
    room: Arc<Connections>,
    number: u64,
    connection: Connection,
    /// Resolves when the place is given to another connection.
    closed: oneshot::Receiver<()>,
}

impl ConnectionPermit {
    /// Returns an error if the place was given to another connection. Otherwise the polling task is
    /// woken when that happens.
    fn check(&mut self, ctx: &mut Context<'_>) -> io::Result<()> {
        match Pin::new(&mut self.closed).poll(ctx) {
            Poll::Ready(_) => Err(io::ErrorKind::ConnectionAborted.into()),
            Poll::Pending => Ok(()),
        }
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        let mut taken = self.room.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.seats.remove(&self.number);
    }
}

impl<S, A> Accept<TcpStream, S> for Bounded<A>
where
    A: Accept<TcpStream, S>,
    A::Future: Send + 'static,
{
    type Stream = PermittedStream<A::Stream>;
    type Service = AddExtension<A::Service, Connection>;
    type Future = Pin<Box<dyn Future<Output = io::Result<(Self::Stream, Self::Service)>> + Send>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let place = stream.peer_addr().ok().and_then(|peer| self.room.enter(peer.ip()));
        let within = self.room.places.read_within;
        let accepted = self.inner.accept(stream, service);
        Box::pin(async move {
            let mut place = place.ok_or_else(|| io::Error::other("too many connections"))?;
            let (stream, service) = tokio::select! {
                accepted = accepted => accepted?,
                _ = &mut place.closed => return Err(io::ErrorKind::ConnectionAborted.into()),
            };
            let service = Extension(place.connection.clone()).layer(service);
            Ok((PermittedStream { stream, place, within, waited: None }, service))
        })
    }
}

/// A connection that holds its place until it ends, the place is given to another, or the client
/// stops reading.
pub(crate) struct PermittedStream<S> {
    stream: S,
    place: ConnectionPermit,
    within: Duration,
    waited: Option<Waited>,
}

/// A write that waits for the reader: its deadline, and the bytes read so far.
struct Waited {
    until: Pin<Box<Sleep>>,
    bytes: usize,
}

impl<S: Unpin> PermittedStream<S> {
    /// Returns the result of a write, or an error if the reader took too few bytes in time.
    fn written(
        &mut self,
        ctx: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match (&written, &mut self.waited) {
            (Poll::Pending, None) => {
                let until = Box::pin(tokio::time::sleep_until(Instant::now() + self.within));
                self.waited = Some(Waited { until, bytes: 0 });
            }
            (Poll::Ready(Ok(count)), Some(waited)) => {
                waited.bytes += count;
                if waited.bytes >= READ_BYTES_MIN {
                    self.waited = None;
                }
            }
            _ => {}
        }
        let is_over = |waited: &mut Waited| waited.until.as_mut().poll(ctx).is_ready();
        if self.waited.as_mut().is_some_and(is_over) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        written
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for PermittedStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        ctx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.place.check(ctx)?;
        Pin::new(&mut self.stream).poll_read(ctx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for PermittedStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        ctx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.place.check(ctx)?;
        let written = Pin::new(&mut self.stream).poll_write(ctx, bytes);
        self.written(ctx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        ctx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.place.check(ctx)?;
        let written = Pin::new(&mut self.stream).poll_write_vectored(ctx, parts);
        self.written(ctx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// Called when everything is written.
    fn poll_flush(mut self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_flush(ctx) {
            Poll::Ready(flushed) => {
                self.waited = None;
                Poll::Ready(flushed)
            }
            Poll::Pending => self.written(ctx, Poll::Pending).map_ok(drop),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let ended = ready!(Pin::new(&mut self.stream).poll_shutdown(ctx));
        Poll::Ready(ended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(most: usize, most_of_address: usize) -> Arc<Connections> {
        let (proxies, read_within) = (vec!["198.51.100.0/24".parse().unwrap()], Duration::MAX);
        let reserved = most / 4;
        Arc::new(Connections::new(Places { most, most_of_address, reserved, proxies, read_within }))
    }

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    /// Whether the place was given to another connection.
    fn is_closed(place: &mut ConnectionPermit) -> bool {
        place.closed.try_recv() == Err(oneshot::error::TryRecvError::Closed)
    }

    #[test]
    fn an_address_has_its_own_places_and_gives_them_back() {
        let room = room(9, 1);
        let first = room.enter(address(1));
        assert!(first.is_some() && room.enter(address(1)).is_none());
        assert!(room.enter(address(2)).is_some());
        drop(first);
        assert!(room.enter(address(1)).is_some());
    }

    #[test]
    fn four_addresses_that_send_slowly_do_not_shut_everybody_out() {
        let room = room(40, 20);
        let mut slow: Vec<ConnectionPermit> = Vec::new();
        let mut visitor = room.enter(address(9)).unwrap();
        for round in 0..100 {
            slow.extend(room.enter(address(round % 4)));
            slow.retain_mut(|place| !is_closed(place));
            assert!(slow.len() < 20, "they have at most half of the places");
        }
        assert!(!is_closed(&mut visitor), "the newcomer is not pushed out");
        assert!(visitor.connection.prove(true), "and the reserve is free");
        assert!(room.enter(address(10)).is_some());
    }

    #[test]
    fn a_caller_who_showed_a_key_keeps_the_place_and_newcomers_get_what_is_left() {
        let room = room(8, 8);
        let mut known: Vec<ConnectionPermit> =
            (0..7).map(|n| room.enter(address(n)).unwrap()).collect();
        known.retain_mut(|place| !is_closed(place));
        assert_eq!(known.len(), 4);
        assert!(known.iter().all(|place| place.connection.prove(false)));
        let mut strangers: Vec<ConnectionPermit> =
            (10..14).map(|n| room.enter(address(n)).unwrap()).collect();
        let _newcomer = room.enter(address(20)).unwrap();
        assert!(is_closed(&mut strangers[0]) && !is_closed(&mut strangers[1]), "the oldest goes");
        assert!(!known.iter_mut().any(is_closed));
    }

    #[test]
    fn a_proxy_is_not_taken_for_one_who_opens_many() {
        let room = room(8, 4);
        let mut proxied: Vec<ConnectionPermit> =
            (0..2).map(|_| room.enter(IpAddr::from([198, 51, 100, 1])).unwrap()).collect();
        let mut slow: Vec<ConnectionPermit> =
            (0..2).map(|_| room.enter(address(1)).unwrap()).collect();
        let _newcomer = room.enter(address(2)).unwrap();
        assert!(is_closed(&mut slow[0]) && !proxied.iter_mut().any(is_closed));
    }
}
