import Testing

@testable import Secrets

@Suite struct SecretsTests {
  @Test func tokensAreLongURLSafeAndNeverTheSame() {
    let tokens = (0..<100).map { _ in Secrets.randomToken(bytes: 24) }
    #expect(Set(tokens).count == 100)
    #expect(tokens.allSatisfy { $0.count == 32 && $0.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) } })
  }

  @Test func aHashIsBLAKE2b256() {
    // RFC 7693 gives BLAKE2b-512; this is the 256-bit form of the empty text.
    #expect(Secrets.hash("") == "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8")
  }

  @Test func aChecksumIsSHA256() {
    // FIPS 180-4's own examples.
    #expect(Secrets.sha256([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(Secrets.sha256(Array("abc".utf8)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }

  @Test func aSignatureHoldsForItsTextAndKeyAlone() throws {
    let key = SigningKey()
    let signature = key.sign("1/0.flac/99")
    #expect(key.verify(signature, of: "1/0.flac/99"))
    #expect(!key.verify(signature, of: "1/0.flac/98"))
    #expect(!key.verify(signature + "A", of: "1/0.flac/99"))
    #expect(!SigningKey().verify(signature, of: "1/0.flac/99"))
    #expect(try #require(SigningKey(bytes: key.bytes)).verify(signature, of: "1/0.flac/99"))
    #expect(SigningKey(bytes: [1, 2]) == nil)
  }

  @Test func aPasswordIsRecognisedAndAnotherIsNot() {
    let hash = PasswordHash.make("correct horse", operations: 1, memory: 8 << 10)
    #expect(hash.hasPrefix("$argon2id$"))
    #expect(PasswordHash.verify("correct horse", against: hash))
    #expect(!PasswordHash.verify("correct horse ", against: hash))
    #expect(!PasswordHash.verify("", against: "not a hash"))
  }
}

@Suite struct WebTokenTests {
  private func bytes(_ hex: String) -> [UInt8] {
    stride(from: 0, to: hex.count, by: 2).map { UInt8(hex.dropFirst($0).prefix(2), radix: 16)! }
  }

  @Test func theCodeIsThatOfRFC4231() {
    // Test cases 1, 2 and 6: the last has a key longer than a block.
    let cases: [(key: [UInt8], text: String, code: String)] = [
      ([UInt8](repeating: 0x0b, count: 20), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
      (Array("Jefe".utf8), "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
      ([UInt8](repeating: 0xaa, count: 131), "Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
    ]
    for (key, text, code) in cases { #expect(WebTokenKey.code(of: Array(text.utf8), key: key) == bytes(code)) }
  }

  @Test func aTokenIsReadByItsKeyAloneAndUnchanged() throws {
    let master = SigningKey()
    let key = WebTokenKey(from: master, use: "a")
    let token = key.token(claims: #"{"sub":"ana"}"#)
    #expect(token.hasPrefix("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."))
    #expect(key.claims(of: token) == #"{"sub":"ana"}"#)
    #expect(WebTokenKey(from: master, use: "b").claims(of: token) == nil)
    #expect(WebTokenKey(from: SigningKey(), use: "a").claims(of: token) == nil)
    for index in token.indices where index != token.indices.last {
      var changed = token
      changed.replaceSubrange(index...index, with: token[index] == "A" ? "B" : "A")
      #expect(key.claims(of: changed) == nil)
    }
  }

  @Test func aTokenWithoutOurHeaderIsNotRead() {
    let key = WebTokenKey(from: SigningKey(), use: "a")
    let body = key.token(claims: "{}").split(separator: ".")[1]
    // {"alg":"none"}
    for text in ["eyJhbGciOiJub25lIn0.\(body).", "", ".", "..", "a.b.c", "a.b.c.d", String(repeating: "x", count: 5000), "é.é.é"] {
      #expect(key.claims(of: text) == nil)
    }
  }
}
