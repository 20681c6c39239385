//! Replaces the address of a trusted proxy with that of its client, so that limits apply to the
//! client.

use std::net::SocketAddr;

use app::App;
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::Response;

/// Replaces the peer address of a request with the address of its client.
pub async fn see_through(State(app): State<App>, mut request: Request, next: Next) -> Response {
    if let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>().copied()
    {
        let proxies = &app.settings.proxies;
        let lines = request.headers().get_all(proxies.header()).iter();
        let lines = lines.map(|line| line.to_str().unwrap_or_default());
        let client = proxies.client(peer.ip(), lines);
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(client, peer.port())));
    }
    next.run(request).await
}
