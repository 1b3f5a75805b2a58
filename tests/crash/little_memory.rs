//! Hosts that give a program little address space (`ulimit -v`): what needs more than there is says so.

use std::fs;
use std::process::Command;

use crate::support::form::Form;
use crate::support::http::{self, Reply};
use crate::support::process::{as_owner, output_with};
use crate::support::program;
use crate::support::request::Request;
use crate::support::site::{BASE, PASSWORD, Serving, Site};
use crate::support::visitor::find_form;
use crate::support::xml::assert_accepted;

/// The program where it may have so many MiB besides those of the executable itself, which may be built with symbols.
pub(crate) fn limited(site: &Site, more: u64, arguments: &[&str]) -> Command {
    let size = fs::metadata(site.executable()).unwrap().len() / 1024;
    let script = format!("ulimit -v {}; exec \"$0\" \"$@\"", size + more * 1024);
    let mut command = Command::new(program("sh"));
    command
        .args(["-c", &script])
        .arg(site.executable())
        .args(arguments);
    command.env_clear().current_dir("/");
    as_owner(&mut command);
    command
}

fn answer(site: &Site, more: u64, request: &Request) -> Option<Reply> {
    let mut command = limited(site, more, &[]);
    command.envs(request.environment());
    let output = output_with(command, &request.body);
    output
        .status
        .success()
        .then(|| Reply::from_cgi(&output.stdout))
}

/// The login form and the cookies of the browser that got it.
fn login_form(site: &Site) -> (Form, String) {
    let page = site.cgi(&Request::get("__mode=login"));
    let cookies: Vec<&str> = page
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("Set-Cookie"))
        .filter_map(|(_, value)| value.split(';').next())
        .collect();
    (find_form(&page, "do_login"), cookies.join("; "))
}

/// The sizes that are tried, in MiB besides those of the executable.
const SIZES: std::ops::Range<u64> = 1..48;

/// Whether each size was enough: once one is, all larger ones are.
fn assert_enough_from_somewhere_on(what: &str, enough: &[(u64, bool)]) {
    let first = enough.iter().find(|(_, is_enough)| *is_enough);
    let (first, _) = first.unwrap_or_else(|| panic!("{what}: no size is enough"));
    println!("{what}: {first} MiB are enough");
    assert!(*first > SIZES.start, "{what}: no size was too small");
    assert!(*first <= 32, "{what}: {first} MiB");
    for (more, is_enough) in enough {
        assert_eq!(more >= first, *is_enough, "{what}: {more} MiB");
    }
}

#[test]
fn a6_a_log_in_and_a_new_password_need_memory_and_say_so() {
    let mut site = Site::shipped();
    site.set_password();
    let (form, cookies) = login_form(&site);
    let mut passwords = [
        ("the right password", PASSWORD, 303, vec![]),
        ("a wrong one", "something else", 403, vec![]),
    ];
    let mut passwd = Vec::new();
    let starts = |more: &u64| answer(&site, *more, &Request::get("__mode=login")).is_some();
    let floor = SIZES
        .clone()
        .find(starts)
        .expect("a size at which a page is shown");
    for more in floor..SIZES.end {
        for (what, password, status, enough) in &mut passwords {
            let request = form.clone().with("password", password).request();
            let reply = answer(&site, more, &request.header("Cookie", &cookies));
            let reply = reply.unwrap_or_else(|| panic!("{what}: no answer with {more} MiB"));
            let is_enough = reply.status == *status;
            enough.push((more, is_enough));
            if !is_enough {
                assert_eq!(reply.status, 503, "{what}, {more} MiB: {reply}");
                let text = reply.text();
                assert!(
                    text.contains("short of memory"),
                    "{what}, {more} MiB: {text}"
                );
                assert!(
                    !text.contains("Invalid login") && !text.contains("randomness"),
                    "{text}"
                );
            }
        }
        let before = fs::read_to_string(site.config()).unwrap();
        let output = output_with(limited(&site, more, &["passwd"]), b"another password\n");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        passwd.push((more, output.status.success()));
        if !output.status.success() {
            assert_eq!(output.status.code(), Some(1), "{more} MiB: {said}");
            assert!(
                said.contains("memory") && !said.contains("random"),
                "{more} MiB: {said}"
            );
            assert_eq!(fs::read_to_string(site.config()).unwrap(), before);
        }
        crate::support::write(&site.config(), &before);
        crate::support::set_mode(&site.config(), 0o600);
    }
    println!("a page is shown from {floor} MiB on");
    for (what, _, _, enough) in &passwords {
        assert_enough_from_somewhere_on(what, enough);
    }
    assert_enough_from_somewhere_on("tb passwd", &passwd);
}

#[test]
fn a10_serve_stays_up_with_fifty_connections_and_little_memory() {
    for limit in [24, 32, 48, 64, 96, 200] {
        let mut site = Site::shipped();
        site.set_password();
        let (form, cookies) = login_form(&site);
        let mut command = Command::new(program("sh"));
        let script = format!("ulimit -v {}; exec \"$0\" \"$@\"", limit * 1024);
        command.args(["-c", &script]).arg(site.executable());
        command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .env_clear()
            .current_dir("/");
        let errors = fs::File::create(site.path("errors")).unwrap();
        let serving = Serving::start_with_errors(command, errors.into());
        let errors = || fs::read_to_string(site.path("errors")).unwrap_or_default();
        let serving = serving.unwrap_or_else(|| panic!("{limit} MiB: {}", errors()));
        let ping =
            |number: usize| Request::ping("entry", &format!("http://weblog.example/{number}"));
        let login = form
            .with("password", PASSWORD)
            .request()
            .header("Cookie", &cookies);
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let clients: Vec<_> = (0..50)
                .map(|number| {
                    let request = match number % 10 {
                        9 => login.clone(),
                        0 | 3 | 6 => ping(number),
                        _ => Request::get("__mode=list&tb_id=entry"),
                    };
                    scope.spawn(move || http::send(serving.port, BASE, &request).status)
                })
                .collect();
            clients
                .into_iter()
                .map(|client| client.join().unwrap())
                .collect()
        });
        let known = statuses
            .iter()
            .all(|status| [200, 303, 503].contains(status));
        assert!(known, "{limit} MiB: {statuses:?}");
        assert_accepted(&http::send(serving.port, BASE, &ping(99)));
        let list = http::send(serving.port, BASE, &Request::get("__mode=list&tb_id=entry"));
        assert!(list.expect(200).text().contains("weblog.example/99"));
        let logins: Vec<u16> = statuses.iter().copied().skip(9).step_by(10).collect();
        let is_enough = limit >= 48;
        assert!(
            !is_enough || logins.iter().all(|status| *status == 303),
            "{limit} MiB: {statuses:?}"
        );
        assert_eq!(serving.stop(), Some(0), "{limit} MiB: {}", errors());
    }
}
