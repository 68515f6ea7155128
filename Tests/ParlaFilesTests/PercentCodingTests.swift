import ParlaFiles
import Testing

@Suite struct PercentCodingTests {
  @Test func escapesAreResolvedOrRefused() {
    #expect(percentDecoded("/v1/models/a%2Fb") == "/v1/models/a/b")
    for bad in ["%", "%zz", "%c0%af", "a%00"] { #expect(percentDecoded(bad) == nil) }
  }

  @Test func whatIsEscapedIsDecodedAgain() {
    let name = "a folder/è &#=%.wav"
    #expect(percentEncoded(name) == "a%20folder%2F%C3%A8%20%26%23%3D%25.wav")
    #expect(percentDecoded(percentEncoded(name)) == name)
  }
}
