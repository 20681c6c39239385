//! Signing in by OpenID Connect, at a provider that speaks the protocol: discovery, authorisation
//! code with PKCE, signed ID tokens. It lives in the test, since none can be reached.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use openidconnect::core::{
    CoreEdDsaPrivateSigningKey, CoreGenderClaim, CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
};
use openidconnect::{
    AdditionalClaims, IdToken, IdTokenClaims, JsonWebKeyId, PkceCodeChallenge, PkceCodeVerifier,
    PrivateSigningKey as _,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::access::sign_in;
use crate::server::Server;
use crate::{run, text};

/// What the provider was asked last: the challenge and the nonce of a sign-in.
type Asked = Arc<Mutex<Option<(String, String)>>>;

/// What the provider says of the person signing in: claims of the ID token, and what userinfo
/// tells.
type Says = Arc<Mutex<(Value, Value)>>;

struct Provider {
    issuer: String,
    asked: Asked,
    says: Says,
}

/// A claim that the library does not know.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct NotBefore {
    #[serde(skip_serializing_if = "Option::is_none")]
    nbf: Option<u64>,
}

impl AdditionalClaims for NotBefore {}

impl Provider {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let asked = Asked::default();
        let (own, remembered) = (issuer.clone(), Arc::clone(&asked));
        let says = Says::default();
        let saying = Arc::clone(&says);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                answer(stream.unwrap(), &own, &saying, &remembered);
            }
        });
        Self { issuer, asked, says }
    }

    fn say(&self, id: Value, userinfo: Value) {
        *self.says.lock().unwrap() = (id, userinfo);
    }
}

fn answer(mut stream: TcpStream, issuer: &str, says: &Says, asked: &Asked) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first).unwrap();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        if let Some(told) = line.to_lowercase().strip_prefix("content-length:") {
            length = told.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let path = first.split(' ').nth(1).unwrap_or("/").to_owned();
    let (status, body) = match path.as_str() {
        "/.well-known/openid-configuration" => (200, described(issuer)),
        "/keys" => (200, json!({"keys": [key().as_verification_key()]})),
        "/token" => {
            token(issuer, &says.lock().unwrap().0, &String::from_utf8(body).unwrap(), asked)
        }
        "/userinfo" => (200, says.lock().unwrap().1.clone()),
        _ => (404, json!({})),
    };
    let body = body.to_string();
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
}

fn key() -> CoreEdDsaPrivateSigningKey {
    let id = Some(JsonWebKeyId::new("k1".to_owned()));
    // PKCS#8 around a seed that is no secret.
    let mut der = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20".to_vec();
    der.extend([7; 32]);
    let der = base64::engine::general_purpose::STANDARD.encode(der);
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{der}\n-----END PRIVATE KEY-----\n");
    CoreEdDsaPrivateSigningKey::from_ed25519_pem(&pem, id).unwrap()
}

fn described(issuer: &str) -> Value {
    json!({
        "issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"), "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA"],
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "authorization_response_iss_parameter_supported": true,
    })
}

/// An ID token, if the verifier fits the challenge (RFC 7636).
fn token(issuer: &str, says: &Value, body: &str, asked: &Asked) -> (u16, Value) {
    let fields: Vec<(&str, &str)> = body.split('&').filter_map(|one| one.split_once('=')).collect();
    let field = |name: &str| fields.iter().find(|(known, _)| *known == name).map(|(_, v)| *v);
    let (challenge, nonce) = asked.lock().unwrap().clone().unwrap();
    let verifier = PkceCodeVerifier::new(field("code_verifier").unwrap().to_owned());
    let fits = PkceCodeChallenge::from_code_verifier_sha256(&verifier).as_str() == challenge;
    if !fits || field("code") != Some("the-code") {
        return (400, json!({"error": "invalid_grant"}));
    }
    let mut claims = json!({
        "iss": issuer, "aud": ["probity"], "exp": 4_000_000_000_u64, "iat": 1_700_000_000,
        "nonce": nonce,
    });
    claims.as_object_mut().unwrap().extend(says.as_object().unwrap().clone());
    let claims: IdTokenClaims<NotBefore, CoreGenderClaim> = serde_json::from_value(claims).unwrap();
    let token: IdToken<_, _, CoreJweContentEncryptionAlgorithm, _> =
        IdToken::new(claims, &key(), CoreJwsSigningAlgorithm::EdDsa, None, None).unwrap();
    (200, json!({"access_token": "x", "token_type": "bearer", "id_token": token}))
}

/// What is otherwise than it should be when somebody comes back.
#[derive(Default)]
struct Spoilt<'a> {
    nonce: &'a str,
    iss: Option<&'a str>,
    /// Instead of code and issuer.
    query: Option<&'a str>,
}

/// Leaves for the provider and comes back; status, page, and the cookie that it sets.
async fn round(server: &Server, provider: &Provider, spoilt: Spoilt<'_>) -> (u16, String, String) {
    let left = server.http.get(server.url("/sign-in/oidc")).send().await.unwrap();
    assert_eq!(left.status(), 303, "{}", left.text().await.unwrap());
    let errand = left.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap();
    let (errand, to) = (errand.to_owned(), left.headers()["location"].to_str().unwrap().to_owned());
    let to = reqwest::Url::parse(&to).unwrap();
    let asked = |name: &str| to.query_pairs().find(|(n, _)| n == name).unwrap().1.into_owned();
    assert_eq!(asked("code_challenge_method"), "S256");
    let nonce = asked("nonce") + spoilt.nonce;
    *provider.asked.lock().unwrap() = Some((asked("code_challenge"), nonce));
    let iss = spoilt.iss.unwrap_or(&provider.issuer);
    let told = format!("code=the-code&iss={iss}");
    let query = spoilt.query.unwrap_or(&told);
    let back = format!("/sign-in/oidc/back?{query}&state={}", asked("state"));
    let request = server.http.get(server.url(&back)).header("cookie", errand);
    let response = request.send().await.unwrap();
    let cookie = response.headers().get("set-cookie").map(|line| line.to_str().unwrap());
    let cookie = cookie.unwrap_or_default().split(';').next().unwrap().to_owned();
    (response.status().as_u16(), response.text().await.unwrap(), cookie)
}

fn start(folder: &std::path::Path, provider: &Provider) -> Server {
    let config = format!(
        "[oidc]\nissuer = \"{}\"\nclient_id = \"probity\"\nsecret_env = \"OIDC_SECRET\"\n\
         redirect_url = \"http://127.0.0.1/sign-in/oidc/back\"\n",
        provider.issuer
    );
    Server::start_with(folder, &config, &[("OIDC_SECRET", "secret")])
}

#[tokio::test]
async fn a_provider_says_who_somebody_is_and_the_account_what_they_may_do() {
    let folder = tempfile::tempdir().unwrap();
    let provider = Provider::start();
    let server = start(folder.path(), &provider);
    let store = folder.path().join("p.db");
    let added = run(&["staff", "add", text(&store), "ana", "--role", "analyst"]);
    assert_eq!(added.code, Some(0), "{}", added.err);
    // The name comes from userinfo, and is a hint: nobody is signed in by it.
    let ana = json!({"sub": "s-1", "preferred_username": "ana"});
    provider.say(json!({"sub": "s-1"}), ana.clone());
    let (status, page, _) = round(&server, &provider, Spoilt::default()).await;
    assert_eq!(status, 403);
    assert!(page.contains("knows you as `ana`") && page.contains("--sub s-1"), "{page}");
    let bind = |name: &str| {
        run(&["staff", "bind", text(&store), name, "--issuer", &provider.issuer, "--sub", "s-1"])
    };
    assert_eq!(bind("nobody").code, Some(1));
    let bound = bind("ana");
    assert_eq!(bound.code, Some(0), "{}", bound.err);
    let (status, _, cookie) = round(&server, &provider, Spoilt::default()).await;
    assert_eq!(status, 303);
    let page = server.http.get(server.url("/rules")).header("cookie", &cookie);
    assert_eq!(page.send().await.unwrap().status(), 200);
    // A token for another sign-in, and an errand that nobody is on.
    let other = Spoilt { nonce: "x", ..Spoilt::default() };
    assert_eq!(round(&server, &provider, other).await.0, 502);
    let strange = server.url("/sign-in/oidc/back?code=the-code&state=guessed");
    assert_eq!(server.http.get(strange).send().await.unwrap().status(), 403);
    assert!(sign_in(&server, "ana", added.out.trim()).await.is_some(), "passwords work as well");
    let unbound = run(&["staff", "bind", text(&store), "ana"]);
    assert_eq!(unbound.code, Some(0), "{}", unbound.err);
    assert_eq!(round(&server, &provider, Spoilt::default()).await.0, 403);
}

#[tokio::test]
async fn somebody_called_admin_at_the_provider_is_not_admin_here() {
    let folder = tempfile::tempdir().unwrap();
    let provider = Provider::start();
    let server = start(folder.path(), &provider);
    let store = folder.path().join("p.db");
    let bind = run(&[
        "staff",
        "bind",
        text(&store),
        "admin",
        "--issuer",
        &provider.issuer,
        "--sub",
        "s-1",
    ]);
    assert_eq!(bind.code, Some(0), "{}", bind.err);
    provider.say(json!({"sub": "s-2", "preferred_username": "admin"}), json!({}));
    let (status, _, cookie) = round(&server, &provider, Spoilt::default()).await;
    assert_eq!(status, 403);
    let page = server.http.get(server.url("/people")).header("cookie", cookie);
    assert_eq!(page.send().await.unwrap().status(), 303, "nobody is signed in");
    // Userinfo of somebody else is not believed.
    provider.say(json!({"sub": "s-2"}), json!({"sub": "s-1", "preferred_username": "admin"}));
    let (status, page, _) = round(&server, &provider, Spoilt::default()).await;
    assert!(status == 403 && !page.contains("`admin`"), "{page}");
}

#[tokio::test]
async fn what_a_provider_sends_back_is_looked_at_and_who_cancels_is_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let provider = Provider::start();
    let server = start(folder.path(), &provider);
    let named = json!({"sub": "s-1", "preferred_username": "ana"});
    provider.say(named.clone(), json!({}));
    let strange = Spoilt { iss: Some("https://other.example"), ..Spoilt::default() };
    assert_eq!(round(&server, &provider, strange).await.0, 502, "another provider's answer");
    let silent = Spoilt { query: Some("code=the-code"), ..Spoilt::default() };
    assert_eq!(round(&server, &provider, silent).await.0, 502, "it says that it names itself");
    let cancelled = Spoilt { query: Some("error=access_denied"), ..Spoilt::default() };
    let (status, page, _) = round(&server, &provider, cancelled).await;
    assert!(status == 403 && page.contains("You cancelled at your organisation"), "{page}");
    let failed = Spoilt { query: Some("error=server_error"), ..Spoilt::default() };
    let (status, page, _) = round(&server, &provider, failed).await;
    assert!(status == 403 && page.contains("did not let you in"), "{page}");
    let mut later = named.clone();
    later["nbf"] = json!(3_900_000_000_u64);
    provider.say(later, json!({}));
    assert_eq!(round(&server, &provider, Spoilt::default()).await.0, 502, "not valid yet");
}
