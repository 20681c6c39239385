//! Signing in by OpenID Connect (Core 1.0, authorisation code with PKCE): the provider says who
//! somebody is, and the account of that name says what they may do.

use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreProviderMetadata};
use openidconnect::{
    AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, HttpRequest, HttpResponse, IssuerUrl, Nonce, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, Scope, TokenResponse as _,
};

use crate::app::App;
use crate::problem::Problem;

/// Whose word is taken for who somebody is.
#[derive(Clone, Debug)]
pub struct Oidc {
    /// The issuer, as its discovery document names it.
    pub issuer: String,
    /// Our id there.
    pub client_id: String,
    /// Our secret there.
    pub client_secret: String,
    /// Where the console is reached: `https://probity.example/sign-in/oidc/back`.
    pub redirect_url: String,
    /// Which claim is the name of the account: `preferred_username`, or `email`, if it is verified.
    pub claim: String,
}

/// A client that knows the endpoints of its provider.
type Known = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// What is remembered between leaving for the provider and coming back: state, nonce, verifier.
pub(crate) struct Errand {
    state: String,
    nonce: String,
    verifier: String,
}

impl Errand {
    fn new(app: &App) -> Self {
        let random = || hex::encode(app.bytes::<32>());
        Self { state: random(), nonce: random(), verifier: random() }
    }

    /// As it stands in a cookie.
    pub(crate) fn written(&self) -> String {
        format!("{}.{}.{}", self.state, self.nonce, self.verifier)
    }

    /// What a cookie holds.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('.').map(str::to_owned);
        Some(Self { state: parts.next()?, nonce: parts.next()?, verifier: parts.next()? })
    }

    /// Whether `state` is that of this errand.
    pub(crate) fn is_of(&self, state: &str) -> bool {
        crate::principal::is_same(&self.state, state)
    }
}

/// Where to send somebody who wants to sign in, and what to remember until they come back.
pub(crate) async fn leave(app: &App, oidc: &Oidc) -> Result<(String, Errand), Problem> {
    let client = client(oidc).await?;
    let errand = Errand::new(app);
    let (state, nonce) = (errand.state.clone(), errand.nonce.clone());
    let verifier = PkceCodeVerifier::new(errand.verifier.clone());
    let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
    let flow = CoreAuthenticationFlow::AuthorizationCode;
    let url = client.authorize_url(flow, || CsrfToken::new(state), || Nonce::new(nonce));
    let url = url.add_scope(Scope::new("profile".to_owned()));
    let url = url.add_scope(Scope::new("email".to_owned())).set_pkce_challenge(challenge);
    let (url, ..) = url.url();
    Ok((url.into(), errand))
}

/// Who came back with `code`: the name of an account.
pub(crate) async fn come_back(
    oidc: &Oidc,
    errand: Errand,
    code: String,
) -> Result<String, Problem> {
    let client = client(oidc).await?;
    let exchange = client.exchange_code(AuthorizationCode::new(code)).map_err(|e| broken(&e))?;
    let exchange = exchange.set_pkce_verifier(PkceCodeVerifier::new(errand.verifier));
    let token = exchange.request_async(&ask).await.map_err(|error| broken(&error))?;
    let id = token.id_token().ok_or_else(|| broken(&"it sent no ID token"))?;
    let verifier = client.id_token_verifier();
    let claims = id.claims(&verifier, &Nonce::new(errand.nonce)).map_err(|e| broken(&e))?;
    let name = match oidc.claim.as_str() {
        "email" if claims.email_verified() == Some(true) => {
            claims.email().map(|mail| mail.to_string())
        }
        "email" => None,
        _ => claims.preferred_username().map(|name| name.to_string()),
    };
    name.ok_or_else(|| broken(&"it does not say who that is"))
}

/// The provider as it describes itself now: its keys change.
async fn client(oidc: &Oidc) -> Result<Known, Problem> {
    let issuer = IssuerUrl::new(oidc.issuer.clone()).map_err(|error| broken(&error))?;
    let described = CoreProviderMetadata::discover_async(issuer, &ask).await;
    let described = described.map_err(|error| broken(&error))?;
    let id = ClientId::new(oidc.client_id.clone());
    let secret = ClientSecret::new(oidc.client_secret.clone());
    let back = RedirectUrl::new(oidc.redirect_url.clone()).map_err(|error| broken(&error))?;
    Ok(CoreClient::from_provider_metadata(described, id, Some(secret)).set_redirect_uri(back))
}

/// Asks the provider; nothing it answers leads elsewhere.
async fn ask(request: HttpRequest) -> Result<HttpResponse, reqwest::Error> {
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(std::time::Duration::from_secs(10))
        .build()?;
    let response = http.execute(request.try_into()?).await?;
    let mut answer = HttpResponse::new(Vec::new());
    *answer.status_mut() = response.status();
    *answer.headers_mut() = response.headers().clone();
    *answer.body_mut() = response.bytes().await?.to_vec();
    Ok(answer)
}

/// What went wrong goes to the log; whoever signs in is told to try again.
fn broken(error: &dyn std::fmt::Display) -> Problem {
    tracing::warn!(%error, "the identity provider");
    Problem::Provider
}
