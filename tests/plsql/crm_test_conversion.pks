create or replace package crm_test_conversion
   authid definer
is
   --%suite(conversion: a lead of the CRM becomes a client of the ERP)
   --%suitepath(crm)

   --%beforeeach
   procedure prepare;

   --%test(a converted lead becomes client, branch, billing address, rep, industry and credit decision)
   procedure becomes_a_client;

   --%test(both sides agree afterwards, the lead is mirrored, and only the client code is sent back)
   procedure agreed_and_quiet;

   --%test(the city is matched without accents and case within its state)
   procedure city_in_its_state;

   --%test(a lead whose city the ERP does not know is parked, and converted when the city is known)
   procedure unknown_city;

   --%test(a rep that the ERP does not know is replaced by the default, or left empty)
   procedure unknown_rep;

   --%test(a billing address without a street gets the one of the settings)
   procedure no_street;

   --%test(a CPF makes a natural person)
   procedure natural_person;

   --%test(a tax id that the ERP knows links its branch and makes no second client)
   procedure known_taxid;

   --%test(a branch that is another lead already parks the webhook)
   procedure taken_taxid;

   --%test(a lead without a name or a tax id with right check digits parks the webhook and makes nothing)
   procedure incomplete;

   --%test(the same conversion twice makes one client)
   procedure twice;

   --%test(an unknown lead that is only updated, or in an early stage, makes nothing)
   procedure not_converted;
end crm_test_conversion;
/
