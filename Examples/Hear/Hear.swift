import Foundation
import ParlaRecognition

/// Writes what it hears while it hears it.
///
///     arecord --file-type raw --format S16_LE --rate 16000 | hear model.safetensors
@main struct Hear {
  static func main() throws {
    let recognizer = try Recognizer(modelPath: CommandLine.arguments.last ?? "model.safetensors")
    let stream = try recognizer.makeStream()
    while case let sound = FileHandle.standardInput.readData(ofLength: 6400), !sound.isEmpty {
      let samples = stride(from: 0, to: sound.count - 1, by: 2).map {
        Int16(bitPattern: UInt16(sound[$0]) | UInt16(sound[$0 + 1]) << 8)
      }
      try stream.feed(int16: samples)
      print("\r" + stream.intermediate()[0].text, terminator: "")
    }
    print("\r" + (try stream.finish()[0].text))
  }
}
