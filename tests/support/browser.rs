//! Chromium, headless, driven through chromedriver: what a reader really sees.
//!
//! One browser serves all tests of the process, one after the other; it ends with the process.

use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, OnceLock};

use serde_json::{Value, json};

use super::http;
use super::process::{Guard, Process, wait_for};
use super::request::Request;
use super::{folder, free_port, give_to_owner, program};

/// The key under which WebDriver names an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// The browser, for one test at a time.
pub(crate) struct Browser {
    port: u16,
    session: String,
    _driver: Process,
}

/// An element of the page that is shown.
pub(crate) struct Element(String);

impl Browser {
    /// Waits for the browser, starts it when it is not there, and forgets what it knew.
    pub(crate) fn acquire() -> MutexGuard<'static, Browser> {
        static BROWSER: OnceLock<Mutex<Browser>> = OnceLock::new();
        let browser = BROWSER
            .get_or_init(|| Mutex::new(Browser::start()))
            .lock()
            // A test that failed with the browser in its hands has not broken it.
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        browser.resize(1000, 800);
        browser.open("about:blank");
        browser.call("DELETE", "/cookie", &Value::Null);
        browser.console();
        browser
    }

    fn start() -> Browser {
        let home = folder().keep();
        Guard::remove_at_the_end(&home);
        let (port, driver) = (0..5)
            .find_map(|_| start_driver(&home))
            .expect("chromedriver starts");
        let profile = home.join("profile");
        let capabilities = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            // Any dialog fails the command after it.
            "unhandledPromptBehavior": "dismiss and notify",
            "goog:loggingPrefs": { "browser": "ALL" },
            "goog:chromeOptions": {
                "binary": program("chromium"),
                "args": [
                    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                    "--disable-quic", "--no-first-run", "--disable-background-networking",
                    "--disable-component-update", "--disable-sync", "--disable-extensions",
                    "--disable-breakpad",
                    "--no-proxy-server",
                    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
                    format!("--user-data-dir={}", profile.display()),
                ],
            },
        }}});
        let mut browser = Browser {
            port,
            session: String::new(),
            _driver: driver,
        };
        let answer = browser.raw("POST", "/session", &capabilities);
        browser.session = answer["sessionId"]
            .as_str()
            .unwrap_or_else(|| panic!("chromium does not start: {answer}"))
            .to_owned();
        browser
    }

    /// Goes to a page and waits until it is loaded.
    pub(crate) fn open(&self, url: &str) {
        self.call("POST", "/url", &json!({ "url": url }));
    }

    /// The page's URL.
    pub(crate) fn url(&self) -> String {
        text(self.call("GET", "/url", &Value::Null))
    }

    /// The page's title.
    pub(crate) fn title(&self) -> String {
        text(self.call("GET", "/title", &Value::Null))
    }

    /// The elements that match a CSS selector.
    pub(crate) fn find_all(&self, css: &str) -> Vec<Element> {
        let body = json!({ "using": "css selector", "value": css });
        let found = self.call("POST", "/elements", &body);
        let found = found.as_array().expect("a list").iter();
        found
            .map(|element| Element(text(element[ELEMENT].clone())))
            .collect()
    }

    /// The first element that matches; none fails the test.
    pub(crate) fn find(&self, css: &str) -> Element {
        let found = self.find_all(css).into_iter().next();
        found.unwrap_or_else(|| panic!("no `{css}` on {}:\n{}", self.url(), self.text()))
    }

    /// Clicks something that leads to another page, and waits until that one is there.
    pub(crate) fn click_through(&self, element: &Element) {
        self.lead_through(|| {
            self.call("POST", &format!("/element/{}/click", element.0), &json!({}));
        });
    }

    /// Does something that leads to another page, and waits until that one is there.
    pub(crate) fn lead_through(&self, act: impl FnOnce()) {
        let page = self.find("html");
        act();
        let old = self.path(&format!("/element/{}/name", page.0));
        wait_for(|| {
            let gone = self.raw("GET", &old, &Value::Null)["error"].is_string();
            (gone && self.script("return document.readyState") == "complete").then_some(())
        })
        .unwrap_or_else(|| panic!("no page after {}", self.url()));
    }

    /// Types into it.
    pub(crate) fn keys(&self, element: &Element, text: &str) {
        let path = format!("/element/{}/value", element.0);
        self.call("POST", &path, &json!({ "text": text }));
    }

    /// Presses a key, wherever the focus is.
    pub(crate) fn press(&self, key: &str) {
        let actions = ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key }));
        let keyboard = json!({ "type": "key", "id": "keyboard", "actions": actions });
        self.call("POST", "/actions", &json!({ "actions": [keyboard] }));
    }

    /// The text of an element as it is shown.
    pub(crate) fn text_of(&self, element: &Element) -> String {
        let path = format!("/element/{}/text", element.0);
        text(self.call("GET", &path, &Value::Null))
    }

    /// The text of the page as it is shown.
    pub(crate) fn text(&self) -> String {
        self.find_all("body")
            .first()
            .map(|body| self.text_of(body))
            .unwrap_or_default()
    }

    /// Runs the body of a function in the page and gives what it returns.
    pub(crate) fn script(&self, body: &str) -> Value {
        let body = json!({ "script": body, "args": [] });
        self.call("POST", "/execute/sync", &body)
    }

    /// Sets the size of the window in CSS pixels.
    pub(crate) fn resize(&self, width: u32, height: u32) {
        let body = json!({ "width": width, "height": height });
        self.call("POST", "/window/rect", &body);
    }

    /// Prefers light or dark pages from now on.
    pub(crate) fn scheme(&self, name: &str) {
        let feature = json!({ "name": "prefers-color-scheme", "value": name });
        let params = json!({ "features": [feature] });
        let body = json!({ "cmd": "Emulation.setEmulatedMedia", "params": params });
        self.call("POST", "/goog/cdp/execute", &body);
    }

    /// Forgets the responses that it has kept, as after their minute.
    pub(crate) fn forget_responses(&self) {
        let body = json!({ "cmd": "Network.clearBrowserCache", "params": {} });
        self.call("POST", "/goog/cdp/execute", &body);
    }

    /// Saves what is shown as a PNG, for a person to look at.
    pub(crate) fn screenshot(&self, path: &Path) {
        let picture = text(self.call("GET", "/screenshot", &Value::Null));
        std::fs::write(path, base64(&picture)).expect("a picture");
    }

    /// What the console has said since it was last asked: errors, and violations of the policy
    /// for scripts. That a test's site has no `/favicon.ico` is left out.
    pub(crate) fn console(&self) -> Vec<String> {
        let entries = self.call("POST", "/se/log", &json!({ "type": "browser" }));
        let entries = entries.as_array().expect("a list").iter();
        entries
            .map(Value::to_string)
            .filter(|entry| !entry.contains("/favicon.ico"))
            .collect()
    }

    /// Fails when a dialog is open or the console has something to say.
    #[track_caller]
    pub(crate) fn assert_quiet(&self) {
        let dialog = self.raw("GET", &self.path("/alert/text"), &Value::Null);
        assert_eq!(dialog["error"], "no such alert", "a dialog: {dialog}");
        assert_eq!(self.console(), Vec::<String>::new(), "on {}", self.url());
    }

    fn path(&self, rest: &str) -> String {
        format!("/session/{}{rest}", self.session)
    }

    #[track_caller]
    fn call(&self, method: &str, rest: &str, body: &Value) -> Value {
        let answer = self.raw(method, &self.path(rest), body);
        assert!(answer.get("error").is_none(), "{method} {rest}: {answer}");
        answer
    }

    fn raw(&self, method: &str, path: &str, body: &Value) -> Value {
        let mut request = Request::new(method);
        if method == "POST" {
            let body = body.to_string();
            request = request
                .header("Content-Type", "application/json")
                .header("Content-Length", &body.len().to_string())
                .body(body.as_bytes());
        }
        let reply = http::send(self.port, path, &request);
        let mut answer: Value = serde_json::from_slice(&reply.body).expect("JSON");
        answer["value"].take()
    }
}

fn start_driver(home: &Path) -> Option<(u16, Process)> {
    let port = free_port();
    let mut command = Command::new(program("chromedriver"));
    let log = home.join("chromedriver.log");
    command
        .args([
            format!("--port={port}"),
            format!("--log-path={}", log.display()),
        ])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", home)
        .env("TMPDIR", home)
        .current_dir(home)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null());
    give_to_owner(home);
    let mut driver = Process::start(command);
    let request = http::spell(port, "/status", &Request::new("GET"));
    let ready = wait_for(|| {
        if driver.has_ended() {
            return Some(false);
        }
        let reply = http::try_exchange(port, &request).ok()?;
        let reply = String::from_utf8_lossy(&reply);
        reply.contains("ChromeDriver ready").then_some(true)
    });
    (ready == Some(true)).then_some((port, driver))
}

fn text(value: Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn base64(text: &str) -> Vec<u8> {
    const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    let (mut buffer, mut bits) = (0_u32, 0);
    for digit in text.chars().filter_map(|digit| DIGITS.find(digit)) {
        buffer = buffer << 6 | u32::try_from(digit).expect("six bits");
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((buffer >> bits & 0xFF) as u8);
        }
    }
    bytes
}
