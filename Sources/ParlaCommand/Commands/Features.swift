public import ArgumentParser
public import ParlaAudio
import ParlaFiles

/// `parla features`.
struct Features: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compute what a model hears of a recording, as a NumPy array.",
    discussion: """
      Example:

        parla features hello.wav --output hello.npy

      writes [frames, 26] MFCCs, one frame every 20 ms, as DeepSpeech computes them.
      """)

  @Argument(help: "The recording.")
  var file: String

  @Option(help: ArgumentHelp("Where the array is written.", valueName: "npy"))
  var output: String

  @Option(help: "mfcc or power-spectrogram.")
  var type: FeatureSettings.Kind = .mfcc

  @Option(
    name: [.customLong("sample-rate"), .customLong("audio-sample-rate")],
    help: "Hertz; the recording is resampled to it.")
  var sampleRate: Int = 16000

  @Option(name: .customLong("feature-win-len"), help: "Window in milliseconds.")
  var window: Int = 32

  @Option(name: .customLong("feature-win-step"), help: "Step in milliseconds.")
  var step: Int = 20

  @Option(help: "Frames before and after that are put beside each frame.")
  var context: Int = 0

  func run() throws {
    let settings = FeatureSettings(
      kind: type, sampleRate: sampleRate, windowMilliseconds: window, stepMilliseconds: step,
      contextFrameCount: context)
    let extractor = try FeatureExtractor(settings)
    let waveform = try AudioFile.read(file, sampleRate: sampleRate)
    let features = try extractor.features(of: waveform).withContext(context)
    try NumPyArray(shape: [features.frameCount, features.featureCount], values: features.values)
      .write(to: output)
    Terminal.report(
      "\(output): \(features.frameCount) frames of \(features.featureCount) features", on: output)
  }
}

extension FeatureSettings.Kind: ExpressibleByArgument {}
