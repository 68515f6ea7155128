import ParlaTranscripts
import Testing

@Suite struct ErrorRateTests {
  @Test func dividesEditsByReferenceLengths() {
    var errors = ErrorRate()
    errors.add(reference: "she had your dark suit", hypothesis: "she had a dark suit")
    errors.add(reference: "year", hypothesis: "ear")
    #expect(errors.wordCount == 6)
    #expect(errors.characterCount == 26)
    #expect(errors.wordErrorRate == 2.0 / 6)
    #expect(errors.characterErrorRate == 5.0 / 26)
    #expect(errors.summary == "WER 0.3333  CER 0.1923  (2 samples)")
  }

  @Test func onlyTheSetIsCappedAtOne() {
    var errors = ErrorRate()
    let sample = errors.add(reference: "a", hypothesis: "b c d")
    #expect(sample.words.rate == 3)
    #expect(sample.characters.rate == 5)
    #expect(errors.wordErrorRate == 1)
    #expect(errors.isCapped)
    #expect(errors.summary == "WER 1.0000  CER 1.0000  (1 samples)")
    errors.add(reference: "a b c d", hypothesis: "a b c d")
    #expect(!errors.isCapped)
  }

  @Test func charactersAreCodePoints() {
    let sample = ErrorRate.SampleErrors(reference: "e\u{301}", hypothesis: "e")
    #expect(
      sample.characters == ErrorRate.SampleErrors(reference: "ab", hypothesis: "a").characters)
  }

  @Test func emptyReferenceCountsItsInsertions() {
    let sample = ErrorRate.SampleErrors(reference: "", hypothesis: "so it")
    #expect(sample.words.rate == 2)
    #expect(ErrorRate().summary == "WER 0.0000  CER 0.0000  (0 samples)")
  }

  @Test func intervalIsThatOfARatioOfSums() throws {
    var errors = ErrorRate()
    errors.add(reference: "a b c d", hypothesis: "a b c x")
    errors.add(reference: "a b", hypothesis: "a b")
    errors.add(reference: "a b c d", hypothesis: "x y c d")
    // R = 3/10; the residuals e - R n are -0.2, -0.6, 0.8; s² = 3/2 * 1.04 / 100.
    let interval = try #require(errors.wordErrorRateInterval)
    #expect(abs(interval.upperBound - (0.3 + 1.96 * 0.0156.squareRoot())) < 1e-12)
    #expect(abs(interval.lowerBound - (0.3 - 1.96 * 0.0156.squareRoot())) < 1e-12)
  }

  @Test func intervalNeedsTwoSamples() {
    var errors = ErrorRate()
    errors.add(reference: "a", hypothesis: "a")
    #expect(errors.wordErrorRateInterval == nil)
    errors.add(reference: "b", hypothesis: "b")
    #expect(errors.wordErrorRateInterval == 0...0)
  }
}
