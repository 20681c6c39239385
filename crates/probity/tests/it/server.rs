//! A server to test against: the real binary, on a free port, with a store of its own.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::Value;

use crate::access::sign_in;
use crate::{probity, run, text};

/// Longer than anything may take on a slow machine; a test that waits so long has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(180);

/// See the module. Killed when it is dropped.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) base: String,
    pub(crate) password: Option<String>,
    pub(crate) folder: PathBuf,
    pub(crate) key: String,
    pub(crate) http: Client,
    /// Who is signed in: cookie and token of forms by name.
    sessions: Mutex<HashMap<String, (String, String)>>,
    log: Mutex<BufReader<ChildStderr>>,
}

impl Server {
    /// A server with its store in `folder`, configured by `config`, with a key that may do all.
    pub(crate) fn start(folder: &Path, config: &str) -> Self {
        Self::start_with(folder, config, &[])
    }

    /// The same, with secrets in the environment.
    pub(crate) fn start_with(folder: &Path, config: &str, secrets: &[(&str, &str)]) -> Self {
        let mut server = Self::launch(folder, config, secrets);
        server.key = server.make_key("all");
        server
    }

    /// The same, without a key.
    pub(crate) fn launch(folder: &Path, config: &str, secrets: &[(&str, &str)]) -> Self {
        let path = folder.join("probity.toml");
        std::fs::write(&path, config).unwrap();
        let store = folder.join("p.db");
        let args = ["serve", "--config", text(&path), "--store", text(&store)];
        let is_first = !store.exists();
        let mut command = probity(&args);
        command.args(["--listen", "127.0.0.1:0"]).envs(secrets.iter().copied());
        // A second one of the same process changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .build()
            .unwrap();
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let log = Mutex::new(BufReader::new(child.stderr.take().unwrap()));
        let (base, key, folder) = (String::new(), String::new(), folder.to_owned());
        // From here on it is killed whatever happens.
        let sessions = Mutex::default();
        let mut server = Self { child, base, password: None, folder, key, http, sessions, log };
        server.listen(is_first);
        server
    }

    /// Reads what it says until it is known where it listens.
    fn listen(&mut self, is_first: bool) {
        let mut all = String::new();
        loop {
            let mut line = String::new();
            assert!(
                self.log.get_mut().unwrap().read_line(&mut line).unwrap() > 0,
                "the server ended: {all}"
            );
            all.push_str(&line);
            if let Some(address) = line.strip_prefix("console  ") {
                self.base = address.trim().trim_end_matches('/').to_owned();
            }
            if let Some((_, rest)) = line.split_once("password `") {
                self.password = Some(rest.split('`').next().unwrap().to_owned());
            }
            // The first start says how to sign in; a later one has nothing more to say.
            if !self.base.is_empty() && (self.password.is_some() || !is_first) {
                return;
            }
        }
    }

    /// A new key with these scopes.
    pub(crate) fn make_key(&self, scopes: &str) -> String {
        let store = self.folder.join("p.db");
        let mut args = vec!["key", "add", text(&store), "--name", "test"];
        args.extend(scopes.split(' ').flat_map(|scope| ["--scope", scope]));
        let ran = run(&args);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        ran.out.trim().to_owned()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// A request with the key.
    pub(crate) fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, self.url(path)).bearer_auth(&self.key)
    }

    /// A request of somebody who is signed in: `admin`, or an account of `review::staff`.
    pub(crate) async fn by(&self, name: &str, method: Method, path: &str) -> RequestBuilder {
        let known = self.sessions.lock().unwrap().get(name).cloned();
        let (cookie, csrf) = match known {
            Some(known) => known,
            None => {
                let session = self.session(name).await;
                self.sessions.lock().unwrap().insert(name.to_owned(), session.clone());
                session
            }
        };
        let request = self.http.request(method, self.url(path));
        request.header("cookie", cookie).header("x-csrf-token", csrf)
    }

    async fn session(&self, name: &str) -> (String, String) {
        let password = match (&self.password, name) {
            (Some(password), "admin") => password.clone(),
            _ => format!("the+password+of+{name}"),
        };
        let cookie = sign_in(self, name, &password).await.expect("nobody signed in");
        let open = async |path: &str| {
            let request = self.http.get(self.url(path)).header("cookie", &cookie);
            request.send().await.unwrap()
        };
        // The first page that they may see.
        let first = open("/").await;
        let first = match first.headers().get("location") {
            Some(to) => open(to.to_str().unwrap()).await,
            None => first,
        };
        let html = first.text().await.unwrap();
        let (_, rest) = html.split_once("name=\"csrf\" value=\"").expect("a form");
        (cookie, rest.split('"').next().unwrap().to_owned())
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let response = self.ask(Method::GET, path).send().await.unwrap();
        let (status, body) = (response.status(), response.text().await.unwrap());
        if status != 200 {
            panic!("{path}: {status} {body}; the server said: {}", self.said());
        }
        serde_json::from_str(&body).unwrap()
    }

    /// Ends the server, and returns what it logged.
    fn said(&self) -> String {
        let pid = self.child.id().to_string();
        std::process::Command::new("kill").args(["-9", &pid]).status().unwrap();
        let mut said = String::new();
        std::io::Read::read_to_string(&mut *self.log.lock().unwrap(), &mut said).unwrap();
        said
    }

    /// Posts events, one a line.
    pub(crate) async fn events(&self, lines: &str) -> Response {
        let request = self.ask(Method::POST, "/v1/events").body(lines.to_owned());
        request.header("content-type", "application/x-ndjson").send().await.unwrap()
    }

    /// Asks it to end, waits for that, and returns what it logged.
    pub(crate) fn stop(mut self) -> String {
        let pid = self.child.id().to_string();
        assert!(std::process::Command::new("kill").arg(&pid).status().unwrap().success());
        let status = self.child.wait().unwrap();
        let mut log = String::new();
        self.log.get_mut().unwrap().read_to_string(&mut log).unwrap();
        assert!(status.success(), "{status}: {log}");
        log
    }

    /// Kills it as a power cut does.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A problem's stable name.
pub(crate) async fn code(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
    let body: Value = response.json().await.unwrap();
    assert_eq!(kind, "application/problem+json", "{body}");
    assert_eq!(body["status"], status, "{body}");
    (status, body["code"].as_str().unwrap().to_owned())
}

/// An event that the built-in policies decide on: a link to a page for sale, from a young account.
pub(crate) fn decided(id: &str) -> String {
    format!(
        r#"{{"specversion":"1.0","id":"{id}","source":"/test","type":"content.published","time":"2024-11-20T08:05:00Z","data":{{"account":{{"id":"a-{id}","registered_at":"2024-11-18T00:00:00Z"}},"content":{{"id":"{id}","kind":"video","text":"votul prin SMS","country":"RO"}}}}}}"#
    )
}

/// An event that no rule has anything to say on.
pub(crate) fn harmless(id: &str) -> String {
    decided(id).replace("votul prin SMS", "un curcubeu după ploaie")
}
