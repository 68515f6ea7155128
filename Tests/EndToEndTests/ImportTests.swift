import Foundation
import ParlaAudio
import ParlaTestSupport
import Testing

/// A folder of recordings becomes files that the other commands read.
@Suite struct ImportTests {
  private func writeCorpus(_ folder: String) throws {
    for (index, name) in ["a", "b", "c", "d"].enumerated() {
      let pace = 0.2 + 0.05 * Double(index)
      let samples = (0..<16_000).map { Float(0.3 * sin(pace * Double($0))) }
      try AudioFile.write(
        Waveform(samples: samples, sampleRate: 8000), to: "\(folder)/\(name).wav")
    }
    let table = "datei;satz\na.wav;Größe, ja!\nb.wav;Seite 12\nc.wav;Zwei\nd.wav;Drei\n"
    try Data(table.utf8).write(to: URL(fileURLWithPath: folder + "/liste.csv"))
  }

  @Test func aFolderWithATableIsReadyForTraining() throws {
    try withTemporaryFolder { folder in
      try FileManager.default.createDirectory(
        atPath: folder + "/in", withIntermediateDirectories: true)
      try writeCorpus(folder + "/in")
      let guess = try runCommand("import", "guess", folder + "/in")
      #expect(guess.output == "folder\n")
      #expect(
        guess.errors
          == "Import it with: parla import folder --source \(folder)/in --output FOLDER\n")
      let result = try runCommand(
        "import", "folder", "--source", folder + "/in", "--output", folder + "/out",
        "--left-out", folder + "/left.csv")
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output.contains("digits, which may be read in many ways"))
      let left = try String(contentsOfFile: folder + "/left.csv", encoding: .utf8)
      #expect(left.contains("b.wav,,Seite 12,,digits"), "\(left)")
      let parts = ["train", "dev", "test"].map { "\(folder)/out/\($0).csv" }
      let check = try RunningCommand(["corpus", "check"] + parts).finish()
      #expect(check.status == 0, "\(check.output)\(check.errors)")
      #expect(FileManager.default.fileExists(atPath: folder + "/out/alphabet.txt"))
    }
  }

  @Test func wrongRequestsSayWhatToDo() throws {
    try withTemporaryFolder { folder in
      try writeCorpus(folder)
      let cases: [([String], String)] = [
        (["import", "folder", "--output", "x"], "Pass the location of folder with --source."),
        (["import", "gues", folder], "no corpus is called \"gues\". Did you mean guess?"),
        (["import", "guess", folder + "/a.wav"], "a.wav: is a single recording"),
        (
          ["import", "folder", "--download", "--output", folder + "/out"],
          "folder: stands for your own recordings"
        ),
        (
          ["import", "common-voice", "--source", folder, "--output", folder + "/out"],
          "It looks like folder."
        ),
        (
          ["import", "folder", "--source", folder + "/none", "--output", folder + "/out"],
          "there is no such file or folder"
        ),
        (
          ["import", "folder", "--source", folder, "--output", folder + "/out", "--audio", "mp3"],
          "expected keep, flac or wav"
        ),
      ]
      for (arguments, message) in cases {
        let result = try RunningCommand(arguments).finish()
        #expect(result.status != 0)
        #expect(result.errors.contains(message), "\(result.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder + "/out"))
      }
    }
  }
}
