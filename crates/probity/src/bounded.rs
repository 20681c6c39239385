//! So many connections and no more: in all, and from one address. The last places are kept for people
//! at the console. Whoever does not read what was asked for loses the connection.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Extension;
use axum::middleware::AddExtension;
use axum_server::accept::Accept;
use server::{Range, Reserved};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep};
use tower::Layer as _;

/// What a reader must take within the time that it is given, or all that there is.
const READ_BYTES_MIN: usize = 64 << 10;

/// How many connections there may be.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    /// In all.
    pub(crate) most: usize,
    /// From one address, or of IPv6 from one network of 64 bits.
    pub(crate) most_of_address: usize,
    /// Of all, for people at the console alone.
    pub(crate) reserved: usize,
    /// Proxies, which speak for many.
    pub(crate) proxies: Vec<Range>,
    /// How long somebody may take to read a part of an answer.
    pub(crate) read_within: Duration,
}

/// Accepts as `inner` does, while there is room.
#[derive(Clone)]
pub(crate) struct Bounded<A> {
    inner: A,
    places: Arc<Places>,
    room: Arc<Semaphore>,
    addresses: Arc<Addresses>,
}

impl<A> Bounded<A> {
    /// As `places` says.
    pub(crate) fn new(inner: A, places: Places) -> Self {
        let room = Arc::new(Semaphore::new(places.most));
        Self { inner, places: Arc::new(places), room, addresses: Arc::default() }
    }

    /// A place for a connection from `address`; nothing if there is none.
    fn place(&self, address: IpAddr) -> Option<Place> {
        let permit = Arc::clone(&self.room).try_acquire_owned().ok()?;
        let is_proxy = self.places.proxies.iter().any(|range| range.holds(address));
        let of_address = match is_proxy {
            true => None,
            false => Some(self.addresses.enter(network(address), self.places.most_of_address)?),
        };
        Some(Place { _permit: permit, _of_address: of_address })
    }
}

/// Connections by address.
#[derive(Default)]
struct Addresses(Mutex<HashMap<IpAddr, usize>>);

/// A connection that is counted for its address.
struct OfAddress(Arc<Addresses>, IpAddr);

impl Addresses {
    fn enter(self: &Arc<Self>, address: IpAddr, most: usize) -> Option<OfAddress> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(OfAddress(Arc::clone(self), address))
    }
}

impl Drop for OfAddress {
    fn drop(&mut self) {
        let mut counts = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.1) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.1);
            }
        }
    }
}

/// What one subscriber has: an address, or of IPv6 the network around it.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => IpAddr::V6((six.to_bits() >> 64 << 64).into()),
        four @ IpAddr::V4(_) => four,
    }
}

/// A place, as long as the connection lasts.
struct Place {
    _permit: OwnedSemaphorePermit,
    _of_address: Option<OfAddress>,
}

impl<S, A> Accept<TcpStream, S> for Bounded<A>
where
    A: Accept<TcpStream, S>,
    A::Future: Send + 'static,
{
    type Stream = Held<A::Stream>;
    type Service = AddExtension<A::Service, Reserved>;
    type Future = Pin<Box<dyn Future<Output = io::Result<(Self::Stream, Self::Service)>> + Send>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let place = stream.peer_addr().ok().and_then(|peer| self.place(peer.ip()));
        let is_reserved = self.room.available_permits() < self.places.reserved;
        let within = self.places.read_within;
        let accepted = self.inner.accept(stream, service);
        Box::pin(async move {
            let place = place.ok_or_else(|| io::Error::other("too many connections"))?;
            let (stream, service) = accepted.await?;
            let held = Held { stream, _place: place, within, waited: None };
            Ok((held, Extension(Reserved(is_reserved)).layer(service)))
        })
    }
}

/// A connection that holds its place until it ends, or until nobody reads what it is sent.
pub(crate) struct Held<S> {
    stream: S,
    _place: Place,
    within: Duration,
    waited: Option<Waited>,
}

/// How long a reader has been waited for, and what it took meanwhile.
struct Waited {
    until: Pin<Box<Sleep>>,
    bytes: usize,
}

impl<S: Unpin> Held<S> {
    /// What came of a write; an error if the reader took too little for too long.
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

impl<S: AsyncRead + Unpin> AsyncRead for Held<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        ctx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(ctx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Held<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        ctx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(ctx, bytes);
        self.written(ctx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        ctx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(ctx, parts);
        self.written(ctx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// Asked for when all is written.
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

    #[test]
    fn an_address_has_its_own_places_and_gives_them_back() {
        let addresses = Arc::new(Addresses::default());
        let (one, other) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let first = addresses.enter(one, 1);
        assert!(first.is_some() && addresses.enter(one, 1).is_none());
        assert!(addresses.enter(other, 1).is_some());
        drop(first);
        assert!(addresses.enter(one, 1).is_some());
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}
