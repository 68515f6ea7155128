import ParlaTestSupport
import Testing

/// The C library, in a program in C.
@Suite struct CLibraryTests {
  @Test func aProgramInCFindsWhatTheHeadersPromise() throws {
    let command = try RunningCommand(
      [
        Fixture.path("recognition/output_graph.pb"),
        Fixture.path("exchange/output_graph.tflite"), Fixture.path("scorers/toy.scorer"),
        Fixture.path("scorers/toy.bytes.scorer"),
      ], program: "CLibraryCheck")
    let result = command.finish()
    #expect(result.status == 0, "\(result.output)")
    #expect(result.output == "libparla 0.1.0: all holds\n")
  }
}
