import ParlaLanguageModel
import Testing

@Suite struct LanguageModelErrorTests {
  @Test func descriptionNamesPlaceFoundAndExpected() {
    let error = LanguageModelError.malformedARPA(
      path: "a.arpa", line: 7, found: "\"x\"", expected: "a number")
    #expect(error.description == "a.arpa:7: found \"x\", expected a number.")
  }
}
