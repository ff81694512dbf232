//! Another gateway before the services of a city, as a process of its own.

use e2e::city::TestCity;
use e2e::process::{Program, free_port, loopback};
use standalone::house::SERVICES;

/// Starts it with a token of the city's keys, by its file's name, and further flags. Answers its address, too.
pub(crate) async fn gateway(city: &TestCity, token: &str, further: &[&str]) -> (Program, String) {
    let listen = loopback(free_port());
    let keys = city.folder().keys();
    let file = |name: &str| keys.join(name).display().to_string();
    let (jwks, token) = (file("jwks.json"), file(token));
    let own = ["--listen", &listen, "--public-listen", "127.0.0.1:0", "--log", "warn"];
    let own = own.into_iter().chain(["--jwks", &jwks, "--token-file", &token]);
    let own = own.chain(further.iter().copied()).map(str::to_owned);
    let addresses = city.people().addresses().all();
    let peers = addresses.into_iter().filter(|(name, _)| SERVICES.contains(name));
    let peers = peers.flat_map(|(name, address)| [format!("--{name}-url"), address.to_owned()]);
    let mut program = Program::start("gateway", &own.chain(peers).collect::<Vec<_>>());
    let address = format!("http://{listen}");
    program.until_serving(&address).await;
    (program, address)
}
