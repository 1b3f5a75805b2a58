//! Many peers at once.

mod answers;
mod built;
mod names;
mod peers;

#[test]
fn each_name_of_the_farm_is_a_host_of_its_own() {
    let farm = peers::Farm::start(200);
    for number in [0, 17, 199] {
        let url = farm.entry(number, 1);
        let mut command = farm.command(&crate::support::program("curl"));
        let output = command.args(["--silent", "--fail", &url]).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.contains("rel=\"trackback\""), "{output:?}");
    }
}
