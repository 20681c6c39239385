//! Signing in by OpenID Connect, at a provider that speaks the protocol: discovery, authorisation code
//! with PKCE, signed ID tokens. It lives in the test, since none can be reached.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use openidconnect::core::{
    CoreEdDsaPrivateSigningKey, CoreGenderClaim, CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
};
use openidconnect::{
    EmptyAdditionalClaims, IdToken, IdTokenClaims, JsonWebKeyId, PkceCodeChallenge,
    PkceCodeVerifier, PrivateSigningKey as _,
};
use serde_json::{Value, json};

use crate::access::sign_in;
use crate::server::Server;
use crate::{run, text};

/// What the provider was asked last: the challenge and the nonce of a sign-in.
type Asked = Arc<Mutex<Option<(String, String)>>>;

/// A provider that says that whoever comes is `name`.
struct Provider {
    issuer: String,
    asked: Asked,
}

impl Provider {
    fn start(name: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let asked = Asked::default();
        let (own, remembered) = (issuer.clone(), Arc::clone(&asked));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                answer(stream.unwrap(), &own, name, &remembered);
            }
        });
        Self { issuer, asked }
    }
}

fn answer(mut stream: TcpStream, issuer: &str, name: &str, asked: &Asked) {
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
        "/token" => token(issuer, name, &String::from_utf8(body).unwrap(), asked),
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
    })
}

/// An ID token, if the verifier fits the challenge (RFC 7636).
fn token(issuer: &str, name: &str, body: &str, asked: &Asked) -> (u16, Value) {
    let fields: Vec<(&str, &str)> = body.split('&').filter_map(|one| one.split_once('=')).collect();
    let field = |name: &str| fields.iter().find(|(known, _)| *known == name).map(|(_, v)| *v);
    let (challenge, nonce) = asked.lock().unwrap().clone().unwrap();
    let verifier = PkceCodeVerifier::new(field("code_verifier").unwrap().to_owned());
    let fits = PkceCodeChallenge::from_code_verifier_sha256(&verifier).as_str() == challenge;
    if !fits || field("code") != Some("the-code") {
        return (400, json!({"error": "invalid_grant"}));
    }
    let claims = json!({
        "iss": issuer, "sub": "s-1", "aud": ["probity"], "exp": 4_000_000_000_u64,
        "iat": 1_700_000_000, "nonce": nonce, "preferred_username": name,
    });
    let claims: IdTokenClaims<EmptyAdditionalClaims, CoreGenderClaim> =
        serde_json::from_value(claims).unwrap();
    let token: IdToken<_, _, CoreJweContentEncryptionAlgorithm, _> =
        IdToken::new(claims, &key(), CoreJwsSigningAlgorithm::EdDsa, None, None).unwrap();
    (200, json!({"access_token": "x", "token_type": "bearer", "id_token": token}))
}

/// Leaves for the provider and comes back; status and where it leads, with the cookie it sets.
async fn round(server: &Server, provider: &Provider, spoil: &str) -> (u16, String, Option<String>) {
    let left = server.http.get(server.url("/sign-in/oidc")).send().await.unwrap();
    assert_eq!(left.status(), 303, "{}", left.text().await.unwrap());
    let errand = left.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap();
    let (errand, to) = (errand.to_owned(), left.headers()["location"].to_str().unwrap().to_owned());
    let to = reqwest::Url::parse(&to).unwrap();
    let asked = |name: &str| to.query_pairs().find(|(n, _)| n == name).unwrap().1.into_owned();
    assert_eq!(asked("code_challenge_method"), "S256");
    *provider.asked.lock().unwrap() = Some((asked("code_challenge"), asked("nonce") + spoil));
    let state = asked("state");
    let back = format!("/sign-in/oidc/back?code=the-code&state={state}");
    let request = server.http.get(server.url(&back)).header("cookie", errand);
    let response = request.send().await.unwrap();
    let location = response.headers().get("location").map(|to| to.to_str().unwrap().to_owned());
    let cookie = response.headers().get("set-cookie").map(|c| c.to_str().unwrap().to_owned());
    (response.status().as_u16(), location.unwrap_or_default(), cookie)
}

#[tokio::test]
async fn a_provider_says_who_somebody_is_and_the_account_what_they_may_do() {
    let folder = tempfile::tempdir().unwrap();
    let provider = Provider::start("ana");
    let config = format!(
        "[oidc]\nissuer = \"{}\"\nclient_id = \"probity\"\nsecret_env = \"OIDC_SECRET\"\n\
         redirect_url = \"http://127.0.0.1/sign-in/oidc/back\"\n",
        provider.issuer
    );
    let server = Server::start_with(folder.path(), &config, &[("OIDC_SECRET", "secret")]);
    assert_eq!(round(&server, &provider, "").await.0, 403, "there is no such account");
    let store = folder.path().join("p.db");
    let added = run(&["staff", "add", text(&store), "ana", "--role", "analyst"]);
    assert_eq!(added.code, Some(0), "{}", added.err);
    let (status, to, cookie) = round(&server, &provider, "").await;
    assert_eq!((status, to.as_str()), (303, "/"));
    let cookie = cookie.unwrap().split(';').next().unwrap().to_owned();
    let page = server.http.get(server.url("/rules")).header("cookie", &cookie);
    assert_eq!(page.send().await.unwrap().status(), 200);
    // A token for another sign-in, and an errand that nobody is on.
    assert_eq!(round(&server, &provider, "x").await.0, 502);
    let strange = server.url("/sign-in/oidc/back?code=the-code&state=guessed");
    assert_eq!(server.http.get(strange).send().await.unwrap().status(), 403);
    assert!(sign_in(&server, "ana", added.out.trim()).await.is_some(), "passwords work as well");
}
