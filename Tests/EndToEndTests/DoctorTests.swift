import Foundation
import ParlaTestSupport
import Testing

/// `parla doctor` and `parla --version`.
@Suite struct DoctorTests {
  @Test func versionNamesTheInstructions() throws {
    let result = try runCommand("--version")
    #expect(result.status == 0)
    let lines = result.output.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines.first?.hasPrefix("parla 0.") == true)
    #expect(lines.last?.hasPrefix("instructions: ") == true)
  }

  @Test func doctorFindsWhatParlaNeeds() throws {
    let result = try runCommand("doctor")
    #expect(result.output.contains("\npictures "))
    #expect(result.status == 0)
    for name in ["processor", "threads", "memory", "sound", "graphics cards", "several processes"] {
      #expect(result.output.contains("\n" + name))
    }
    #expect(result.output.contains("flac"))
    #expect(result.output.contains("ogg, opus"))
  }

  @Test func whatCannotBeWrittenIsNamedWithAdvice() throws {
    let environment = ["TMPDIR": "/nowhere"]
    let result = try RunningCommand(["doctor", "--json"], environment: environment).finish()
    #expect(result.status == 1)
    let report = try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
    let finding = try #require(report.findings.first { $0.name == "temporary files" })
    #expect(finding.found.contains("/nowhere"))
    #expect(finding.advice?.contains("TMPDIR") == true)
  }

  /// Libraries are loaded when they are needed; one that is damaged stands here for one that is not there.
  @Test func aMissingSoundLibraryIsNamed() throws {
    try withTemporaryFolder { folder in
      for library in ["libsndfile.so.1", "libsoxr.so.0"] {
        try Data().write(to: URL(fileURLWithPath: "\(folder)/\(library)"))
      }
      let environment = ["LD_LIBRARY_PATH": folder]
      let report = try RunningCommand(["doctor"], environment: environment).finish()
      #expect(report.status == 1)
      #expect(report.output.contains("libsndfile was not found"))
      try ToneCorpus(folder: folder).write("a", count: 1, seed: 4)
      let arguments = ["features", "\(folder)/a-0.wav", "--output", "\(folder)/a.npy"]
      let result = try RunningCommand(arguments, environment: environment).finish()
      #expect(result.status != 0)
      #expect(
        result.errors.contains(
          "a-0.wav: cannot be read on this computer: libsndfile was not found, expected libsndfile.so.1"
        ))
    }
  }

  private struct Report: Decodable {
    let findings: [Finding]

    struct Finding: Decodable {
      let name: String
      let found: String
      let advice: String?
    }
  }
}
