import AdaptPEFT
import AdaptSystem
import Testing

struct PEFTMethodsTests {
  @Test func namesAreUnique() {
    let names = PEFTMethods.all.map { $0.name }
    #expect(Set(names).count == names.count)
    // DoRA's files are LoRA's with a setting, and it is asked first.
    var files = AdapterFiles(
      configuration: ["peft_type": .string("LORA"), "use_dora": .boolean(true)], tensors: [:])
    #expect(PEFTMethods.all.first { $0.reads(files) }?.name == "dora")
    files.configuration["use_dora"] = .boolean(false)
    #expect(PEFTMethods.all.first { $0.reads(files) }?.name == "lora")
  }
}
