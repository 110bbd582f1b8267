package models

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
)

// parseURL reads an address that may be fetched: https, or http on this
// machine, where nobody is between.
func parseURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil {
		return nil, fmt.Errorf("address: %w", err)
	}
	return u, checkURL(u)
}

func checkURL(u *url.URL) error {
	if u.Host != "" && (u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname())) {
		return nil
	}
	return fmt.Errorf("address %s: only https is fetched, and http from this machine", u.Redacted())
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func checkRedirect(r *http.Request, via []*http.Request) error {
	if len(via) >= 10 {
		return errors.New("the server redirects without end")
	}
	if r.URL.Scheme == "http" && via[0].URL.Scheme == "https" {
		return fmt.Errorf("address %s: the server redirects from https to http", r.URL.Redacted())
	}
	return checkURL(r.URL)
}
