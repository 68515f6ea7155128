import ParlaAudio
import ParlaTestSupport
import Testing

@Suite struct G722DecoderTests {
  /// Bytes of the encoder, and random bytes, which drive every limit in the decoder.
  @Test(arguments: ["chirp", "random"]) func equalsFfmpegBitForBit(name: String) throws {
    let decoded = try AudioFile.read(Fixture.path("audio/\(name).g722"))
    let expected = try AudioFile.read(Fixture.path("audio/\(name)-g722.wav"))
    #expect(decoded == expected)
  }

  @Test func informationTellsTheLength() throws {
    let information = try AudioFile.information(Fixture.path("audio/chirp.g722"))
    #expect(information.sampleRate == 16000)
    #expect(information.sampleCount == 16000)
  }
}
