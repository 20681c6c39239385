//! The console in a real browser: signing in, a decision that arrives live, its proof, filters,
//! exports, keys; and every page checked against WCAG 2.2 AA by axe-core, in both themes.
//!
//! `./test` installs what this needs: chromium with its driver, and axe-core, named by
//! `PROBITY_AXE`.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{PATIENCE, Server, decided, harmless};

/// The driver of the browser; killed when it is dropped.
struct Driver {
    child: Child,
    address: String,
}

impl Driver {
    fn start() -> Self {
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child =
            command.spawn().expect("chromedriver is missing; run ./test, which installs it");
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = lines.map(Result::unwrap).find_map(|line| {
            let (_, rest) = line.split_once("started successfully on port ")?;
            Some(rest.trim_end_matches('.').to_owned())
        });
        Self { child, address: format!("http://127.0.0.1:{}", port.unwrap()) }
    }

    async fn browser(&self) -> Client {
        let options = json!({ "args": ["--headless=new", "--no-sandbox", "--disable-gpu",
            "--disable-dev-shm-usage", "--window-size=1300,1000"] });
        let mut capabilities = serde_json::Map::new();
        capabilities.insert("goog:chromeOptions".to_owned(), options);
        let mut builder =
            ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new());
        builder.capabilities(capabilities).connect(&self.address).await.unwrap()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // It takes its browsers along.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn css(selector: &str) -> Locator<'_> {
    Locator::Css(selector)
}

async fn wait(browser: &Client, selector: &str) -> fantoccini::elements::Element {
    let found = browser.wait().at_most(PATIENCE).for_element(css(selector)).await;
    found.unwrap_or_else(|error| panic!("{selector}: {error}"))
}

async fn sign_in(browser: &Client, server: &Server) {
    let password = server.password.as_ref().unwrap();
    sign_in_as(browser, server, ("admin", password), "/decisions").await;
}

async fn sign_in_as(browser: &Client, server: &Server, (name, password): (&str, &str), page: &str) {
    browser.goto(&server.url(page)).await.unwrap();
    wait(browser, "#name").await.send_keys(name).await.unwrap();
    browser.find(css("#password")).await.unwrap().send_keys(password).await.unwrap();
    browser.find(css("form button")).await.unwrap().click().await.unwrap();
    wait(browser, "nav [aria-current=page]").await;
}

#[tokio::test]
async fn a_decision_arrives_live_is_opened_proven_filtered_and_exported() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "");
    let driver = Driver::start();
    let browser = driver.browser().await;
    sign_in(&browser, &server).await;
    assert_eq!(
        browser.current_url().await.unwrap().path(),
        "/decisions",
        "back where one wanted to go"
    );
    // Follow live, then something happens.
    wait(&browser, "[data-live-rows]").await.click().await.unwrap();
    wait(&browser, "[data-connection][data-state=live]").await;
    server.events(&[harmless("v-0"), decided("v-1"), decided("v-2")].join("\n")).await;
    let link = wait(&browser, "tr.is-new a[href^='/decisions/']").await;
    let href = link.attr("href").await.unwrap().unwrap();
    link.click().await.unwrap();
    // The proof is checked in the page.
    wait(&browser, "#proof-result[data-state=holds]").await;
    assert_eq!(browser.find_all(css("[data-step][data-state=holds]")).await.unwrap().len(), 4);
    // Content is blurred until asked for, with the words that were found marked.
    let show = wait(&browser, "button[aria-expanded=false]").await;
    show.click().await.unwrap();
    let mark = wait(&browser, "mark").await;
    assert!(mark.text().await.unwrap().starts_with("votul prin SMS"));
    // A proof of something else does not hold.
    let broken = "const data = document.querySelector('#proof-data');
        data.textContent = data.textContent.replace('votul', 'vetul');
        document.querySelector('[data-proof-check]').click();";
    browser.execute(broken, vec![]).await.unwrap();
    wait(&browser, "#proof-result[data-state=broken]").await;
    // Filters.
    browser.goto(&server.url("/decisions?subject=content%2Fv-1")).await.unwrap();
    wait(&browser, "[data-rows] tbody tr").await;
    assert_eq!(browser.find_all(css("[data-rows] tbody tr")).await.unwrap().len(), 1);
    browser.goto(&server.url("/decisions?policy=spam.content")).await.unwrap();
    wait(&browser, ".empty").await;
    // Exports, with the session of the page.
    browser.goto(&server.url("/decisions?policy=civic.voting")).await.unwrap();
    let export = wait(&browser, "a[href*='format=csv']").await.attr("href").await.unwrap().unwrap();
    let fetch = "const done = arguments[1];
        fetch(arguments[0]).then((answer) => answer.text()).then(done);";
    let csv = browser.execute_async(fetch, vec![json!(export)]).await.unwrap();
    let csv = csv.as_str().unwrap().to_owned();
    assert!(csv.starts_with("seq,id,time") && csv.contains("content/v-2"), "{csv}");
    assert!(csv.contains(href.rsplit('/').next().unwrap()));
    browser.close().await.unwrap();
}

#[tokio::test]
async fn keys_lead_through_the_console_and_can_be_switched_off() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "");
    server.events(&[decided("v-1"), decided("v-2")].join("\n")).await;
    let driver = Driver::start();
    let browser = driver.browser().await;
    sign_in(&browser, &server).await;
    let press = async |keys: &str| {
        wait(&browser, "body").await.send_keys(keys).await.unwrap();
    };
    press("gr").await;
    wait(&browser, "nav a[href='/rules'][aria-current=page]").await;
    press("gd").await;
    wait(&browser, "nav a[href='/decisions'][aria-current=page]").await;
    press("j").await;
    let row = browser.active_element().await.unwrap();
    assert!(row.attr("href").await.unwrap().unwrap().starts_with("/decisions/"));
    row.send_keys(&Key::Enter.to_string()).await.unwrap();
    wait(&browser, "#proof-result").await;
    press("?").await;
    let shortcuts = wait(&browser, "dialog[open] [data-shortcuts]").await;
    shortcuts.click().await.unwrap();
    browser.find(css("dialog form button")).await.unwrap().click().await.unwrap();
    press("gr").await;
    assert!(browser.current_url().await.unwrap().path().starts_with("/decisions/"));
    // A list is changed in a form, and is in force.
    browser.goto(&server.url("/lists/ro_voting")).await.unwrap();
    wait(&browser, "textarea").await.send_keys("\nun curcubeu după ploaie").await.unwrap();
    browser.find(css("main form button[type=submit]")).await.unwrap().click().await.unwrap();
    wait(&browser, ".notice").await;
    let answer: Value = server.events(&harmless("v-3")).await.json().await.unwrap();
    assert_eq!(answer["decisions"], 1);
    browser.close().await.unwrap();
}

/// What axe-core finds against WCAG 2.2 AA on the page that is open.
async fn violations(browser: &Client, axe: &str) -> Vec<String> {
    browser.execute(axe, vec![]).await.unwrap();
    let run = "const done = arguments[0];
        const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
        axe.run(document, { runOnly: { type: 'tag', values: tags } })
          .then((result) => done(result.violations), (error) => done([{ id: String(error), nodes: [] }]));";
    let found = browser.execute_async(run, vec![]).await.unwrap();
    let found = found.as_array().unwrap();
    found.iter().map(|one| format!("{}: {}", one["id"], one["nodes"][0]["html"])).collect()
}

#[tokio::test]
async fn every_page_can_be_used_by_everybody() {
    let path = std::env::var("PROBITY_AXE")
        .expect("PROBITY_AXE names axe.min.js; run ./test, which sets it");
    let axe = std::fs::read_to_string(path).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "");
    let simulated = crate::run(&["simulate", "--quiet", "--events", "3000", "--seed", "7"]).out;
    server.events(&simulated).await;
    server.events(&format!("{}\n{{}}\n", decided("v-1"))).await;
    let latest = server.get("/v1/decisions?order=newest&limit=1").await;
    let id = latest["items"][0]["id"].as_str().unwrap();
    let driver = Driver::start();
    let browser = driver.browser().await;
    browser.update_timeouts(timeouts()).await.unwrap();
    let mut found = Vec::new();
    browser.goto(&server.url("/sign-in")).await.unwrap();
    wait(&browser, "#name").await;
    found.extend(violations(&browser, &axe).await.into_iter().map(|one| format!("/sign-in {one}")));
    sign_in(&browser, &server).await;
    let decision = format!("/decisions/{id}");
    let pages = [
        "/",
        "/decisions",
        "/decisions?policy=no.such",
        &decision,
        "/subjects/account/a-v-1",
        "/rules",
        "/rules/edit?file=spam.toml",
        "/proposals",
        "/backtests",
        "/rejudge",
        "/jobs",
        "/history",
        "/lists",
        "/lists/ro_voting",
        "/refused",
        "/deliveries",
        "/system",
        "/decisions/abcdef",
    ];
    found.extend(looked_at(&browser, &server, &axe, &pages).await);
    assert!(found.is_empty(), "{}", found.join("\n"));
    let errors = server.ask(Method::GET, "/health").send().await.unwrap().status();
    assert_eq!(errors, 200);
    browser.close().await.unwrap();
}

#[tokio::test]
async fn reports_can_be_read_and_prepared_by_everybody() {
    let path = std::env::var("PROBITY_AXE")
        .expect("PROBITY_AXE names axe.min.js; run ./test, which sets it");
    let axe = std::fs::read_to_string(path).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let server = crate::book::platform(folder.path()).await;
    let simulated = crate::run(&["simulate", "--quiet", "--events", "3000", "--seed", "7"]).out;
    server.events(&simulated).await;
    let id = crate::book::publish(&server, "2024").await;
    let driver = Driver::start();
    let browser = driver.browser().await;
    browser.update_timeouts(timeouts()).await.unwrap();
    sign_in_as(&browser, &server, ("ben", "the password of ben"), "/").await;
    // From the calendar to a figure and to a decision behind it.
    browser.goto(&server.url(&format!("/reports/{id}"))).await.unwrap();
    let figure = "#all td.num a[href*='row=1&']";
    wait(&browser, figure).await.click().await.unwrap();
    wait(&browser, "a[href^='/decisions/']").await.click().await.unwrap();
    wait(&browser, "main h1").await;
    let report = format!("/reports/{id}");
    let behind = format!("/reports/{id}/figure?table=all&row=1&column=1");
    let public = format!("/transparency/{id}");
    let pages = ["/reports", &report, &behind, "/statements", "/transparency", &public];
    let found = looked_at(&browser, &server, &axe, &pages).await;
    assert!(found.is_empty(), "{}", found.join("\n"));
    browser.close().await.unwrap();
}

/// What axe-core finds on `pages`, in both themes; none of them may scroll sideways.
async fn looked_at(browser: &Client, server: &Server, axe: &str, pages: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for theme in ["light", "dark"] {
        for page in pages {
            browser.goto(&server.url(page)).await.unwrap();
            wait(browser, "main h1").await;
            let set = "document.documentElement.dataset.theme = arguments[0];";
            browser.execute(set, vec![json!(theme)]).await.unwrap();
            let here = violations(browser, axe).await;
            found.extend(here.into_iter().map(|one| format!("{page} {theme} {one}")));
            // Also on a tablet and a small screen nothing scrolls sideways (WCAG 1.4.10).
            for width in [1300, 820, 500] {
                browser.set_window_size(width, 1000).await.unwrap();
                let wide = "const page = document.documentElement;
                    return page.scrollWidth > page.clientWidth;";
                let is_wide = browser.execute(wide, vec![]).await.unwrap();
                assert_eq!(is_wide, json!(false), "{page} scrolls sideways at {width}");
            }
            browser.set_window_size(1300, 1000).await.unwrap();
        }
    }
    found
}

/// Cases, a notice and orders; the pages of the notice, of an order to act, and of one that says in
/// words alone what to keep.
async fn filled(server: &Server) -> (String, String, String) {
    // All with one phone, so that each account has others around it.
    let event = |n: u32| {
        let told = crate::casework::doubtful(&format!("e-{n}"), &format!("v-{n}"));
        let mut event: Value = serde_json::from_str(&told).unwrap();
        event["data"]["account"]["device"] = json!("phone-1");
        event.to_string()
    };
    let events: Vec<String> = (0..12).map(event).collect();
    server.events(&events.join("\n")).await;
    let notice = json!({"urls": ["https://video.example/v/v-3"], "name": "A. Person",
        "email": "a@person.example", "good_faith": true,
        "explanation": "it promises winnings that nobody gets"});
    let sent = server.http.post(server.url("/v1/notices")).json(&notice).send().await.unwrap();
    let receipt: Value = sent.json().await.unwrap();
    let order = json!({"kind": "act", "reference": "A-1", "issued_at": "2026-08-01T09:58:00Z",
        "issuing_member_state": "RO", "legal_basis": "a law", "territory": ["RO"],
        "authority": {"name": "Sample Court"}, "urls": ["https://video.example/v/v-5"],
        "reasons": "it breaks that law"});
    let send = async |order: &Value| {
        let taken = server.ask(Method::POST, "/v1/orders").json(order).send().await.unwrap();
        taken.json::<Value>().await.unwrap()["id"].as_str().unwrap().to_owned()
    };
    let order = send(&order).await;
    let keep = |scope: Value| {
        json!({"kind": "retention", "reference": scope.to_string(), "issuing_member_state": "RO",
            "authority": {"name": "Sample Court"}, "legal_basis": "a law", "scope": scope})
    };
    send(&keep(json!({"accounts": ["a-v-9"]}))).await;
    let words = send(&keep(json!({"description": "what was said of the moon"}))).await;
    let notice = format!("/notice/{}", receipt["ids"][0].as_str().unwrap());
    (notice, format!("/orders/{order}"), format!("/orders/{words}"))
}

/// A reviewer who judges by keys alone, and every page of casework as it is when it is full.
#[tokio::test]
async fn a_case_is_judged_by_keys_and_casework_can_be_used_by_everybody() {
    let path = std::env::var("PROBITY_AXE")
        .expect("PROBITY_AXE names axe.min.js; run ./test, which sets it");
    let axe = std::fs::read_to_string(path).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let config = "[casework]\ncontent_urls = [\"https://video.example/v/{id}\"]\n";
    let server = Server::start(folder.path(), config);
    crate::casework::staff(&server, "lea", &["lead", "legal", "admin"]).await;
    let (notice, order, words) = filled(&server).await;
    let driver = Driver::start();
    let browser = driver.browser().await;
    browser.update_timeouts(timeouts()).await.unwrap();
    sign_in_as(&browser, &server, ("lea", "the password of lea"), "/work").await;
    let press = async |keys: &str| {
        wait(&browser, "body").await.send_keys(keys).await.unwrap();
    };
    // The order comes first; what it asks is ticked: two keys.
    press("n").await;
    wait(&browser, "form[data-verdict] input[name=disable]:checked").await;
    press("v").await;
    wait(&browser, "form button[value=undo]").await;
    // Then the case that is most worth it: an effect, what it would tell, the verdict, and back.
    press("n").await;
    wait(&browser, "form[data-verdict]").await;
    press("1").await;
    let told = wait(&browser, "[data-preview]:not([hidden])").await.text().await.unwrap();
    assert!(told.contains("removed"), "{told}");
    press("v").await;
    wait(&browser, "form button[value=undo]").await;
    press("u").await;
    wait(&browser, "form[data-verdict]").await;
    let case = browser.current_url().await.unwrap().path().to_owned();
    let pages = [
        "/work",
        "/queues",
        "/cases",
        &case,
        "/cases/c-2",
        "/orders",
        &order,
        &words,
        "/subjects/account/a-v-9",
        "/holds",
        "/notices",
        &notice,
        "/notice",
        "/appeals",
        "/quality",
        "/staffing",
        "/people",
        "/parties",
        "/audit",
    ];
    let found = looked_at(&browser, &server, &axe, &pages).await;
    assert!(found.is_empty(), "{}", found.join("\n"));
    browser.close().await.unwrap();
}

fn timeouts() -> fantoccini::wd::TimeoutConfiguration {
    fantoccini::wd::TimeoutConfiguration::new(Some(PATIENCE), Some(PATIENCE), None)
}
