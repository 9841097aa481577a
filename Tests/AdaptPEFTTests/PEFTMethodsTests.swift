import AdaptPEFT
import AdaptSystem
import Testing

struct PEFTMethodsTests {
  @Test func namesAndFileTypesAreUnique() {
    let names = PEFTMethods.all.map { $0.name }
    #expect(Set(names).count == names.count)
    // DoRA's files are LoRA's with a setting, and it is asked first.
    #expect(PEFTMethods.all.count { $0.peftType == "LORA" } == 2)
    let types = PEFTMethods.all.compactMap { $0.peftType }.filter { $0 != "LORA" }
    #expect(Set(types).count == types.count)
    var files = AdapterFiles(
      configuration: ["peft_type": .string("LORA"), "use_dora": .boolean(true)], tensors: [:])
    #expect(PEFTMethods.all.first { $0.reads(files) }?.name == "dora")
    files.configuration["use_dora"] = .boolean(false)
    #expect(PEFTMethods.all.first { $0.reads(files) }?.name == "lora")
  }
}
