import Foundation
import ParlaCorpus
import ParlaTestSupport
import ParlaTranscripts
import Testing

@testable import ParlaTraining

/// An alphabet of another language is named once, and not each transcript.
@Suite struct ForeignTranscriptsTests {
  private func manifest(_ transcripts: [String]) -> Manifest {
    Manifest(
      path: "a.csv",
      samples: transcripts.enumerated().map {
        Sample(audioPath: "/none/\($0.offset).wav", transcript: $0.element, line: $0.offset + 2)
      })
  }

  private func message(
    _ transcripts: [String], _ writer: ForeignTranscripts.Writer, canSkip: Bool = false
  ) throws -> String {
    let alphabet = try Alphabet(labels: [" ", "a", "b"])
    let error = #expect(throws: TrainingError.self) {
      try Dataset.requireSamples(
        [manifest(transcripts)], alphabet: alphabet, writer: writer, canSkip: canSkip)
    }
    return error?.description ?? ""
  }

  @Test func manyAreToldInOneSentence() throws {
    let russian = Array(repeating: "река", count: 11) + ["ab", "тут"]
    #expect(
      try message(russian, .model("m.safetensors"))
        == "12 of 13 transcripts have characters that m.safetensors cannot write: а е к р т у; it "
        + "writes: space a b. Pass a model of that language, or samples of the model's.")
    let asked = try message(russian, .alphabet(path: "abc.txt"))
    #expect(
      asked.contains("that abc.txt cannot write: а е к р т у; it writes: space a b. Pass the"))
  }

  @Test func fewAreNamedOneByOne() throws {
    let few = Array(repeating: "ab", count: 60) + Array(repeating: "ä", count: 11)
    let trained = try message(few, .alphabet(path: nil), canSkip: true)
    #expect(trained.contains("a.csv:62: 'ä' (U+00E4) in \"ä\""))
    #expect(trained.hasSuffix("Fix or remove their lines, or pass --skip-bad-samples."))
    // Nobody else has the option.
    #expect(try message(few, .model("m")).hasSuffix("\nFix or remove their lines."))
  }
}
