//! Signing in by OpenID Connect (Core 1.0, authorisation code with PKCE). The provider identifies a
//! person by a permanent id (`sub`); the account bound to that id determines what they may do. A
//! name is only a hint for the person who binds the account, since people choose their names.

use base64::Engine as _;
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthenticationFlow, CoreClaimName, CoreClaimType, CoreClient,
    CoreClientAuthMethod, CoreGrantType, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm, CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
    CoreTokenResponse, CoreUserInfoClaims,
};
use openidconnect::{
    AdditionalProviderMetadata, AuthorizationCode, ClientId, ClientSecret, CsrfToken,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IssuerUrl, Nonce,
    OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, ProviderMetadata, RedirectUrl,
    Scope, SubjectIdentifier, TokenResponse as _,
};
use serde::{Deserialize, Serialize};

use crate::service::problem::Problem;
use crate::service::state::App;

/// The configuration of an identity provider.
#[derive(Clone, Debug)]
pub struct Oidc {
    /// The issuer, as named in its discovery document.
    pub issuer: String,
    /// Our client id there.
    pub client_id: String,
    /// Our client secret there.
    pub client_secret: String,
    /// The address to which the provider sends people back:
    /// `https://probity.example/sign-in/oidc/back`.
    pub redirect_url: String,
    /// The claim shown as the name of a person who is bound to no account: `preferred_username`, or
    /// `email` if it is verified.
    pub claim: String,
}

/// A person, as identified by the provider.
pub struct Who {
    /// Their permanent id at the provider.
    pub sub: String,
    /// Their current name there, if the provider sent one.
    pub name: Option<String>,
}

/// Metadata of a provider beyond the standard: whether its responses name the issuer (RFC 9207).
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
struct Beyond {
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for Beyond {}

type ProviderDescription = ProviderMetadata<
    Beyond,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// The tolerated difference between our clock and the provider's.
const SKEW_SECONDS: i64 = 60;

/// A client that knows the endpoints of its provider.
type ProviderClient = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// The values remembered between the redirect to the provider and the return: state, nonce,
/// verifier.
pub struct Errand {
    state: String,
    nonce: String,
    verifier: String,
}

impl Errand {
    fn new(app: &App) -> Self {
        let random = || hex::encode(app.bytes::<32>());
        Self { state: random(), nonce: random(), verifier: random() }
    }

    /// The form in which a cookie contains it.
    pub fn written(&self) -> String {
        format!("{}.{}.{}", self.state, self.nonce, self.verifier)
    }

    /// Reads the value of a cookie; `None` if a part is missing.
    pub fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('.').map(str::to_owned);
        Some(Self { state: parts.next()?, nonce: parts.next()?, verifier: parts.next()? })
    }

    /// Whether `state` is the state of this errand.
    pub fn is_of(&self, state: &str) -> bool {
        crate::access::caller::is_same(&self.state, state)
    }
}

/// The address that starts a sign-in at the provider, and the values to remember until the return.
pub async fn leave(app: &App, oidc: &Oidc) -> Result<(String, Errand), Problem> {
    let client = client(oidc, described(oidc).await?)?;
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

/// The person who returned with `code`. `iss` is the issuer named in the response.
pub async fn come_back(
    (app, oidc): (&App, &Oidc),
    errand: Errand,
    (code, iss): (String, Option<&str>),
) -> Result<Who, Problem> {
    let described = described(oidc).await?;
    let is_named = described.additional_metadata().authorization_response_iss_parameter_supported;
    match iss {
        Some(iss) if iss == described.issuer().as_str() => {}
        None if !is_named => {}
        _ => return Err(broken(&"the answer came from another provider")),
    }
    let client = client(oidc, described)?;
    let exchange = client.exchange_code(AuthorizationCode::new(code)).map_err(|e| broken(&e))?;
    let exchange = exchange.set_pkce_verifier(PkceCodeVerifier::new(errand.verifier));
    let token = exchange.request_async(&ask).await.map_err(|error| broken(&error))?;
    let id = token.id_token().ok_or_else(|| broken(&"it sent no ID token"))?;
    let verifier = client.id_token_verifier();
    let claims = id.claims(&verifier, &Nonce::new(errand.nonce)).map_err(|e| broken(&e))?;
    if !is_valid_yet(&id.to_string(), app.now().as_second()) {
        return Err(broken(&"the ID token is not valid yet"));
    }
    let told = (claims.email_verified(), claims.email(), claims.preferred_username());
    let name = match chosen(oidc, told) {
        Some(name) => Some(name),
        None => name_of(oidc, &client, (&token, claims.subject())).await,
    };
    Ok(Who { sub: claims.subject().to_string(), name })
}

/// The name in the configured claim.
fn chosen(
    oidc: &Oidc,
    (is_verified, email, username): (
        Option<bool>,
        Option<&openidconnect::EndUserEmail>,
        Option<&openidconnect::EndUserUsername>,
    ),
) -> Option<String> {
    match oidc.claim.as_str() {
        "email" => email.filter(|_| is_verified == Some(true)).map(|mail| mail.to_string()),
        _ => username.map(|name| name.to_string()),
    }
}

/// The name from the provider's userinfo for the same `sub`. It is a hint, and may be missing.
async fn name_of(
    oidc: &Oidc,
    client: &ProviderClient,
    (token, sub): (&CoreTokenResponse, &SubjectIdentifier),
) -> Option<String> {
    let access = token.access_token().clone();
    let asked = client.user_info(access, Some(sub.clone())).ok()?;
    let told: Result<CoreUserInfoClaims, _> = asked.request_async(&ask).await;
    let told = told.inspect_err(|error| tracing::warn!(%error, "the provider's userinfo")).ok()?;
    chosen(oidc, (told.email_verified(), told.email(), told.preferred_username()))
}

/// Whether a verified ID token may be used at `now`, in seconds since 1970, according to its `nbf`,
/// which the library does not check.
fn is_valid_yet(token: &str, now: i64) -> bool {
    #[derive(Deserialize)]
    struct Times {
        nbf: Option<f64>,
    }
    let payload = token.split('.').nth(1).unwrap_or_default();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload);
    let times = bytes.ok().and_then(|bytes| serde_json::from_slice::<Times>(&bytes).ok());
    #[expect(clippy::cast_precision_loss, reason = "seconds are far below 2^53")]
    let latest = (now + SKEW_SECONDS) as f64;
    times.is_some_and(|times| times.nbf.is_none_or(|nbf| nbf <= latest))
}

/// The provider's metadata, fetched each time because its keys change.
async fn described(oidc: &Oidc) -> Result<ProviderDescription, Problem> {
    let issuer = IssuerUrl::new(oidc.issuer.clone()).map_err(|error| broken(&error))?;
    ProviderDescription::discover_async(issuer, &ask).await.map_err(|error| broken(&error))
}

fn client(oidc: &Oidc, described: ProviderDescription) -> Result<ProviderClient, Problem> {
    let id = ClientId::new(oidc.client_id.clone());
    let secret = ClientSecret::new(oidc.client_secret.clone());
    let back = RedirectUrl::new(oidc.redirect_url.clone()).map_err(|error| broken(&error))?;
    Ok(CoreClient::from_provider_metadata(described, id, Some(secret)).set_redirect_uri(back))
}

/// Sends a request to the provider without following redirects.
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

/// Logs the error; the person signing in is asked to try again.
fn broken(error: &dyn std::fmt::Display) -> Problem {
    tracing::warn!(%error, "the identity provider");
    Problem::Provider
}
