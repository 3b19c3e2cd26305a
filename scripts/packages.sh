# SPDX-License-Identifier: MIT
# Sourced by the other scripts: makes sure that the C libraries we build on are here.

require_packages() {
  local missing=()
  for package in "$@"; do
    dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  if ! command -v apt-get >/dev/null 2>&1; then
    echo "This needs the C libraries SQLite, libcurl, libzstd and libqrencode with their headers; install them first." >&2
    exit 1
  fi
  local sudo=""
  if [ "$(id -u)" -ne 0 ]; then
    if sudo -n true 2>/dev/null; then
      sudo="sudo"
    else
      echo "Some packages are missing. Please run this line, then try again:" >&2
      echo "  sudo apt-get install -y ${missing[*]}" >&2
      exit 1
    fi
  fi
  echo "installing ${missing[*]}"
  $sudo apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq "${missing[@]}" >/dev/null
}

require_swift() {
  command -v swift >/dev/null 2>&1 && return 0
  echo "Swift 6.2 or later is needed: https://www.swift.org/install" >&2
  exit 1
}

require_packages libsqlite3-dev libcurl4-openssl-dev libzstd-dev libqrencode-dev pkg-config
require_swift
