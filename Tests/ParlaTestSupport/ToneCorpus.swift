import Foundation
import ParlaAudio

/// A language that a test can speak: every letter is a tone, and spaces are silence.
public struct ToneCorpus {
  private let folder: String
  private let letters: [Character]

  /// A corpus in `folder`, which exists, of a language of six `letters` at most.
  public init(folder: String, letters: String = "abcd") {
    self.folder = folder
    self.letters = Array(letters)
  }

  /// Writes `count` recordings of random words and their CSV, `name`.csv.
  @discardableResult
  public func write(_ name: String, count: Int, seed: UInt64) throws -> String {
    var generator = LinearGenerator(state: seed)
    var rows = ["wav_filename,wav_filesize,transcript"]
    for number in 0..<count {
      let text = sentence(&generator)
      let file = "\(name)-\(number).wav"
      try AudioFile.write(speech(text, &generator), to: "\(folder)/\(file)")
      rows.append("\(file),\(1000 * text.count),\(text)")
    }
    let path = "\(folder)/\(name).csv"
    try (rows.joined(separator: "\n") + "\n").write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  private func sentence(_ generator: inout LinearGenerator) -> String {
    (0..<generator.next(in: 1...2)).map { _ in
      String(
        (0..<generator.next(in: 1...3)).map { _ in
          letters[generator.next(in: 0...letters.count - 1)]
        })
    }.joined(separator: " ")
  }

  private func speech(_ text: String, _ generator: inout LinearGenerator) -> Waveform {
    var samples: [Float] = []
    func add(_ seconds: Double, hertz: Double?) {
      for index in 0..<Int(seconds * 16000) {
        let noise = Float(generator.next(in: 0...200) - 100) * 1e-5
        let tone = hertz.map { 0.3 * sin(2 * .pi * $0 * Double(index) / 16000) } ?? 0
        samples.append(Float(tone) + noise)
      }
    }
    add(0.1, hertz: nil)
    for letter in text {
      let index = letters.firstIndex(of: letter)
      add(0.1, hertz: index.map { 400 * pow(1.8, Double($0)) })
      add(0.04, hertz: nil)
    }
    add(0.1, hertz: nil)
    return Waveform(samples: samples, sampleRate: 16000)
  }
}

/// Numbers that are random enough for a corpus of tones, and the same every time.
private struct LinearGenerator {
  var state: UInt64

  mutating func next(in range: ClosedRange<Int>) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return range.lowerBound + Int(state >> 33) % range.count
  }
}
