import ArgumentParser
import Foundation
import ParlaCorpus

/// `parla corpus play`: recordings as a training gets them.
struct CorpusPlayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "play",
    abstract: "Play samples, or write them to a file, changed as a training changes them.",
    discussion: """
      EXAMPLES
        parla corpus play train.csv --random --number 5
        parla corpus play train.sdb --start 12 --augment 'telephone' \\
          --augment 'gain[db=-6]'
        parla corpus play clip.wav --augment 'reverb[delay=50]' --output changed.wav

      Sound goes to the first available of the programs \(SoundPlayer.programs.joined(separator: ", ")), or with --output to a WAV \
      file (- for standard output). The transcripts are printed.
      """)

  @Argument(
    help: ArgumentHelp("A corpus of any form, or a recording.", valueName: "source"),
    completion: .file())
  var source: String

  @Option(help: "The first sample, counted from 0; a negative number counts from the end.")
  var start = 0

  @Option(help: "How many samples; -1 for all that follow.")
  var number = 1

  @Flag(help: "Take samples at random.")
  var random = false

  @OptionGroup var change: ChangeOptions

  @Option(
    help: "The progress of the training, from 0 to 1, for augmentations that depend on it.",
    transform: finite)
  var clock = 0.5

  @Option(
    help: ArgumentHelp("Write the sound to this WAV or FLAC file.", valueName: "file"),
    completion: .file())
  var output: String?

  @Flag(help: "Print no transcripts.")
  var quiet = false

  func validate() throws {
    guard number != 0 else {
      throw ValidationError("--number 0: expected how many samples, or -1 for all that follow.")
    }
  }

  func run() throws {
    let player = try SoundPlayer(
      source: source, start: start, count: number, isRandom: random, seed: change.seed,
      changes: change.changes(clock: clock))
    try player.play(to: output) { sample in
      guard !quiet else { return }
      // Standard output may be the sound itself.
      Terminal.note("\(sample.audioPath)\n  \(sample.transcript)")
    }
  }
}
