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
