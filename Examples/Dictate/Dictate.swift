import ParlaRecognition

#if canImport(Glibc)
  import Glibc
#else
  import Foundation
#endif

/// Transcribes live sound.
///
///     arecord --file-type raw --format S16_LE --rate 16000 | Dictate model.safetensors
@main struct Dictate {
  static func main() throws {
    let recognizer = try Recognizer(modelPath: CommandLine.arguments.last ?? "model.safetensors")
    let stream = try recognizer.makeStream()
    let input = unsafe fdopen(0, "r")
    var samples = [Int16](repeating: 0, count: 3200)
    while case let count = unsafe fread(&samples, 2, samples.count, input), count > 0 {
      try stream.feed(int16: samples[..<count])
      print("\r" + stream.intermediate()[0].text, terminator: "")
      fflush(nil)
    }
    print("\r" + (try stream.finish()[0].text))
  }
}
