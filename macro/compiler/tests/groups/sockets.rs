//! What groups allow of sockets: families, types, protocols and options.

use super::*;

#[test]
fn sockets_are_of_the_family_and_type() {
    let socket = |family, kind, protocol| vec![(0, family), (1, kind), (2, protocol)];
    let tcp = [
        socket("AF_INET", "SOCK_STREAM", "IPPROTO_IP"),
        socket(
            "AF_INET6",
            "SOCK_STREAM|SOCK_CLOEXEC|SOCK_NONBLOCK",
            "IPPROTO_TCP",
        ),
    ];
    let udp = [
        socket("AF_INET", "SOCK_DGRAM|SOCK_CLOEXEC", "IPPROTO_IP"),
        socket("AF_INET6", "SOCK_DGRAM", "IPPROTO_UDP"),
    ];
    let unix = [
        socket("AF_UNIX", "SOCK_STREAM|SOCK_CLOEXEC", "IPPROTO_IP"),
        socket("AF_UNIX", "SOCK_SEQPACKET", "IPPROTO_IP"),
    ];
    let others = [
        socket("AF_NETLINK", "SOCK_RAW", "IPPROTO_IP"),
        socket("AF_NETLINK", "SOCK_DGRAM", "IPPROTO_UDP"),
        socket("AF_PACKET", "SOCK_RAW", "IPPROTO_IP"),
        socket("AF_ALG", "SOCK_SEQPACKET", "IPPROTO_IP"),
        socket("AF_VSOCK", "SOCK_STREAM", "IPPROTO_IP"),
        socket("AF_INET", "SOCK_RAW", "IPPROTO_IP"),
        socket("AF_INET", "SOCK_RAW", "IPPROTO_TCP"),
        socket("AF_INET", "SOCK_STREAM", "IPPROTO_SCTP"),
        socket("AF_INET", "SOCK_SEQPACKET", "IPPROTO_SCTP"),
        socket("AF_INET", "SOCK_DGRAM", "IPPROTO_ICMP"),
        socket("AF_INET6", "SOCK_STREAM", "IPPROTO_UDP"),
    ];
    let all = [("tcp", &tcp), ("udp", &udp), ("unix-sockets", &unix)];
    for (group, _) in all {
        for (other, sockets) in all {
            for socket in sockets {
                assert_answer(group, "socket", socket, group == other);
            }
        }
        for socket in &others {
            assert_answer(group, "socket", socket, false);
        }
    }
    for socket in [&tcp[0], &udp[0], &unix[0], &others[0]] {
        assert_answer("dns", "socket", socket, true);
    }
    for socket in others[1..].iter().chain(&unix[1..]) {
        assert_answer("dns", "socket", socket, false);
    }
    for (group, options) in [
        (
            "tcp",
            [
                ("SOL_TLS", "SO_DEBUG"),
                ("SOL_SOCKET", "SO_ATTACH_FILTER"),
                ("IPPROTO_UDP", "SO_DEBUG"),
            ],
        ),
        (
            "udp",
            [
                ("IPPROTO_TCP", "SO_DEBUG"),
                ("SOL_SOCKET", "SO_ATTACH_BPF"),
                ("SOL_SOCKET", "SO_MARK"),
            ],
        ),
        (
            "unix-sockets",
            [
                ("IPPROTO_IP", "SO_DEBUG"),
                ("SOL_SOCKET", "SO_MARK"),
                ("SOL_SOCKET", "SO_LOCK_FILTER"),
            ],
        ),
    ] {
        for (level, option) in options {
            assert_answer(group, "setsockopt", &[(1, level), (2, option)], false);
        }
        for option in ["SO_RCVTIMEO_OLD", "SO_RCVTIMEO_NEW", "SO_SNDBUF"] {
            assert_answer(group, "setsockopt", &[(1, "SOL_SOCKET"), (2, option)], true);
        }
    }
}

/// What has no name in the table: `include/uapi/linux/udp.h`,
/// `include/uapi/linux/netfilter_ipv4/ip_tables.h` and `netfilter_ipv6/ip6_tables.h`.
#[test]
fn options_that_change_more_than_a_socket_are_denied() {
    const UDP_ENCAP: u64 = 100;
    const UDP_SEGMENT: u64 = 103;
    const IPT_SO_SET_REPLACE: u64 = 64;
    const IPV6_TCLASS: u64 = 67;
    for target in Abi::ALL {
        let ulp = value(target, "TCP_ULP");
        for (group, level, option, allowed) in [
            ("tcp", "IPPROTO_TCP", 1, true),
            ("tcp", "IPPROTO_TCP", ulp, false),
            ("tcp", "IPPROTO_IP", IPT_SO_SET_REPLACE, false),
            ("tcp", "IPPROTO_IPV6", IPT_SO_SET_REPLACE, false),
            ("tcp", "IPPROTO_IPV6", IPV6_TCLASS, true),
            ("udp", "IPPROTO_UDP", UDP_ENCAP, false),
            ("udp", "IPPROTO_UDP", UDP_SEGMENT, true),
            ("udp", "IPPROTO_IP", IPT_SO_SET_REPLACE, false),
            ("udp", "IPPROTO_IPV6", IPT_SO_SET_REPLACE, false),
            ("dns", "IPPROTO_IP", IPT_SO_SET_REPLACE, false),
        ] {
            let policy = policy(&whole(group), target);
            let level = value(target, level);
            // The kernel takes 32 bits of both.
            for high in [0, 1 << 32, !0 << 32] {
                let arguments = [(1, level), (2, option | high)];
                let Some(found) = answer(&policy, "setsockopt", &arguments) else {
                    continue;
                };
                if allowed && high == 0 {
                    assert_eq!(found, Action::Allow, "{group} {option} on {target}");
                } else if !allowed {
                    assert_ne!(found, Action::Allow, "{group} {option} on {target}");
                }
            }
        }
    }
}
