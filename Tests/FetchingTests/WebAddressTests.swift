import Testing

@testable import Fetching

@Suite struct WebAddressTests {
  @Test(arguments: [
    "http://example.org", "https://example.org/a%20b.wav?x=1#y", "http://example.org:8080/a", "https://8.8.8.8/a.mp3",
    "http://[2606:4700::1111]/a", "HTTPS://EXAMPLE.ORG/", "http://a_b.example-1.org/",
  ])
  func isAnAddress(_ text: String) throws { _ = try WebAddress(text) }

  /// What isn't http, names a user, hides its host or aims at another service's port.
  @Test(arguments: [
    "", "example.org/a.wav", "//example.org/a.wav", "file:///etc/passwd", "FILE:///etc/passwd", "gopher://example.org:70/_x",
    "ftp://example.org/a.wav", "dict://example.org:11211/stat", "data:audio/wav;base64,AAAA", "javascript:alert(1)",
    "http:/example.org/", "http:example.org", "http:///example.org/", "https:////example.org", "http://", "http://:80/", "http://?a",
    "http://user@example.org/", "http://user:secret@example.org/", "http://example.org@127.0.0.1/", "http://:@example.org/",
    "http://exa mple.org/", "http://example.org/a b", "http://example.org\\@127.0.0.1/", "http://example.org/\u{0}", "http://example.org/\r\nHost: x",
    "http://ex\u{e4}mple.org/", "http://\u{ff11}27.0.0.1/", "http://127\u{3002}0\u{3002}0\u{3002}1/", "http://[fe80::1%25eth0]/", "http://[::1", "http://[1.2.3.4]/",
    "http://[v1.x]/", "http://example..org/", "http://.example.org/", "http://example.org./", "http://127.0.0.1./", "http://ex%00ample.org/",
    "http://example.org:22/", "http://example.org:25/", "http://example.org:0/", "http://example.org:65536/", "http://example.org:-1/",
    "http://example.org:80a/", "http://example.org:1023/", "http://{a,b}.org/", "http://example.org/<x>", "http://ex|ample.org/",
  ])
  func isRefused(_ text: String) {
    #expect(throws: FetchError.self) { try WebAddress(text) }
  }

  @Test func aLongAddressIsRefused() {
    #expect(throws: FetchError.self) { try WebAddress("http://example.org/" + String(repeating: "a", count: 2048)) }
  }
}

@Suite struct AddressRulesTests {
  private let fetcher = Fetcher(agent: "test")

  /// Every way to write an address that is not on the public internet, as a host: however it is read, it leads nowhere.
  @Test(arguments: [
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0x7F.1", "017700000001", "0177.0.0.1", "0177.0.0.01", "127.0.0.1%2e",
    "0", "0.0.0.0", "0x0", "10.0.0.1", "10.255.255.255", "012.0.0.1", "100.64.0.1", "100.127.255.254", "169.254.169.254", "0xa9fea9fe",
    "2852039166", "169.254.1.1", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.0.1", "192.168.255.255",
    "3232235521", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.7", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "[::]", "[::1]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:8.8.8.8]", "[::127.0.0.1]", "[::ffff:0:127.0.0.1]",
    "[64:ff9b::7f00:1]", "[64:ff9b::8.8.8.8]", "[64:ff9b:1::1]", "[100::1]", "[2001::1]", "[2001:0:7f00:1::]", "[2001:db8::1]", "[2002:7f00:1::]", "[2002:c0a8:1::1]",
    "[3fff::1]", "[5f00::1]", "[fc00::1]", "[fd12:3456::1]", "[fe80::1]", "[febf::1]", "[fec0::1]", "[ff02::1]", "[ff0e::1]",
  ])
  func isNotFetchedFrom(_ host: String) {
    #expect(throws: FetchError.self) { try fetcher.addresses(of: try WebAddress("http://\(host)/a.wav")) }
  }

  /// The name has a private address in the hosts file of every machine.
  @Test(arguments: ["localhost", "LOCALHOST"])
  func aNameThatLeadsHomeIsRefused(_ name: String) {
    #expect(throws: FetchError.forbiddenHost(name)) { try fetcher.addresses(of: try WebAddress("http://\(name)/")) }
  }

  @Test(arguments: ["8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.1", "172.15.255.255", "172.32.0.1", "223.255.255.255", "[2606:4700::1111]", "[2a00:1450::1]"])
  func isPublic(_ host: String) throws {
    #expect(try fetcher.addresses(of: try WebAddress("http://\(host)/")).count == 1)
  }

  @Test func anAdministratorMayAllowANetwork() throws {
    let home = AddressRules(allowed: [try #require(IPNetwork("192.168.1.0/25"))])
    #expect(home.allows(try #require(IPAddress("192.168.1.127"))))
    #expect(!home.allows(try #require(IPAddress("192.168.1.128"))))
    #expect(!home.allows(try #require(IPAddress("::ffff:192.168.1.1"))))
    #expect(!home.allows(try #require(IPAddress("127.0.0.1"))))
  }

  @Test(arguments: ["", "/", "10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "10.0/8", "::/129", "a/8", "10.0.0.0/8/8"])
  func isNoNetwork(_ text: String) { #expect(IPNetwork(text) == nil) }
}
