# For scripts to read: packages of Debian for any architecture, unpacked and never installed.

# Unpacks packages of a suite of Debian into a directory.
unpack() { # suite architecture directory package...
    local suite=$1 architecture=$2 dir=$3 mirror next package packages=()
    shift 3
    [ ! -e "$dir/ready" ] || return 0
    rm -rf "$dir"
    mkdir -p "$dir"/{lists,archives}/partial "$dir/root"
    # The mirror that this machine has for its own release.
    mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Identifier: Packages' |
        awk -v own="$(. /etc/os-release && echo "${VERSION_CODENAME:-}")" \
            '$2 == own && $3 == "main" { print $1; exit }')
    [ -n "$mirror" ] || return 1
    cat > "$dir/debian.sources" <<SOURCES
Types: deb
URIs: $mirror
Suites: $suite
Components: main
Architectures: $architecture
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
SOURCES
    cat > "$dir/apt.conf" <<CONF
Dir::State "$dir";
Dir::State::status "$dir/status";
Dir::Cache "$dir";
Dir::Etc::sourcelist "$dir/debian.sources";
Dir::Etc::sourceparts "-";
APT::Architecture "$architecture";
APT::Architectures { "$architecture"; };
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "3";
Acquire::Check-Valid-Until "false";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
CONF
    : > "$dir/status"
    (
        export APT_CONFIG=$dir/apt.conf
        cd "$dir"
        apt-get update -qq || exit
        for package; do
            # A package without a version stands for the newest kernel.
            while next=$(apt-cache depends "$package" |
                sed -n 's/^ *Depends: \(linux-image-[^ ]*\)$/\1/p' | head -n 1) && [ -n "$next" ]; do
                package=$next
            done
            packages+=("$package")
        done
        apt-get download -qq "${packages[@]}"
    ) >&2 || return 1
    for package in "$dir"/*.deb; do
        dpkg-deb --fsys-tarfile "$package" | tar -x -C "$dir/root" --exclude=./lib/modules || return 1
    done
    rm -rf "$dir"/{lists,archives} "$dir"/*.bin "$dir"/*.deb
    touch "$dir/ready"
}
