//! Tells the outside: posts the messages that the control plane has made, each once, to addresses that it may be posted to.

use longshore_control_plane::{ClaimedNotification, ControlPlane};
use reqwest::{Client, Url};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

/// The longest that an address may take to answer.
const PATIENCE: Duration = Duration::from_secs(15);

/// What addresses see of us.
const USER_AGENT: &str = concat!("longshore/", env!("CARGO_PKG_VERSION"));

/// Sends everything that waits to be sent.
pub(crate) async fn send_all(plane: &ControlPlane) -> longshore_control_plane::Result<()> {
    while let Some(notification) = plane.claim_notification().await? {
        let sent = send(&notification, plane.policy().private_addresses).await;
        plane.finish_notification(&notification, sent).await?;
    }
    Ok(())
}

/// Posts one. What went wrong never holds the address: it may be the secret of whoever listens there.
async fn send(notification: &ClaimedNotification, private_addresses: bool) -> Result<(), String> {
    let url = Url::parse(&notification.url).map_err(|_| "the address is none")?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("the address begins with neither http:// nor https://".to_owned());
    }
    let client = client(&url, private_addresses).await?;
    let request = client.post(url).header("Content-Type", "application/json").body(notification.body.clone());
    let answer = request.send().await.map_err(|error| error.without_url().to_string())?;
    match answer.status() {
        status if status.is_success() => Ok(()),
        status => Err(format!("the answer was {status}")),
    }
}

/// A client that goes where the name leads now, and nowhere else: not where it leads a moment later, not where it is
/// redirected to.
async fn client(url: &Url, private_addresses: bool) -> Result<Client, String> {
    let host = url.host_str().ok_or("the address names no host")?;
    let port = url.port_or_known_default().ok_or("the address names no port")?;
    let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let found =
        tokio::net::lookup_host((bare, port)).await.map_err(|error| format!("the host is not found: {error}"))?;
    let allowed: Vec<SocketAddr> = found.filter(|found| private_addresses || is_public(found.ip())).collect();
    if allowed.is_empty() {
        return Err("the address is one of a private network, which this instance does not send to".to_owned());
    }
    longshore_images::choose_tls();
    let builder =
        Client::builder().timeout(PATIENCE).user_agent(USER_AGENT).redirect(reqwest::redirect::Policy::none());
    builder.no_proxy().resolve_to_addrs(host, &allowed).build().map_err(|error| format!("no client: {error}"))
}

/// Whether an address is one of the internet, not of a machine or a network of somebody.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match address.to_ipv4_mapped().or_else(|| embedded(address)) {
            Some(inner) => is_public_v4(inner),
            None => is_public_v6(address),
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    let is_shared = first == 100 && (64..128).contains(&second);
    let is_for_tests = first == 198 && (18..20).contains(&second);
    let is_of_protocols = first == 192 && second == 0 && third == 0;
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || first == 0
        || first >= 224
        || is_shared
        || is_for_tests
        || is_of_protocols)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let first = address.segments()[0];
    // Of what is not 2000::/3 nothing is routed in the internet; 2001:db8::/32 is for documents.
    (first & 0xe000) == 0x2000 && !(first == 0x2001 && address.segments()[1] == 0x0db8)
}

/// The address of the older kind that a translator would go to: 64:ff9b::/96, 2002::/16.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let segments = address.segments();
    let of = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match segments {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => Some(of(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::is_public;

    #[test]
    fn only_addresses_of_the_internet_are_public() {
        for address in ["93.184.215.14", "2606:2800:21f:cb07::1", "100.128.0.1", "64:ff9b::5db8:d70e"] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
        for address in [
            "127.0.0.1",
            "10.1.2.3",
            "172.31.0.1",
            "192.168.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "192.0.0.8",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:db8::1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
    }
}
