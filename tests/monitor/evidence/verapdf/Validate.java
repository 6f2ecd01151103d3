import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.*;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.*;
import java.io.*;
public class Validate { public static void main(String[] a) throws Exception {
 VeraGreenfieldFoundryProvider.initialise();
 for (String f : a) { try (PDFAParser p = Foundries.defaultInstance().createParser(new FileInputStream(f), PDFAFlavour.PDFA_3_B)) {
  PDFAValidator v = Foundries.defaultInstance().createValidator(PDFAFlavour.PDFA_3_B, false);
  ValidationResult r = v.validate(p); System.out.println(f+" compliant="+r.isCompliant()+" assertions="+r.getTotalAssertions());
  for (TestAssertion t : r.getTestAssertions()) System.out.println("  "+t.getRuleId().getClause()+"/"+t.getRuleId().getTestNumber()+" "+t.getMessage()); } } } }
