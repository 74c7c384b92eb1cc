create or replace package crm_test_catalogue
   authid definer
is
   --%suite(catalogues: the industries of the CRM in the ERP)
   --%suitepath(crm)

   --%beforeeach
   procedure prepare;

   --%test(an industry that the ERP does not have is added under the name of the CRM)
   procedure added;

   --%test(an industry that the ERP has but for accents and case is left as it is)
   procedure known_but_for_accents;

   --%test(the same industries twice are added once)
   procedure twice;

   --%test(an industry that the array repeats in another spelling is added once)
   procedure repeated;

   --%test(blanks around a name and no-break spaces in it do not count)
   procedure blanks;

   --%test(a name that is empty or too long for the ERP is refused, the others are added)
   procedure refused;

   --%test(an industry that a client may have is never changed or deleted)
   procedure nothing_deleted;

   --%test(what is no JSON is an error)
   --%throws(-20122)
   procedure no_json;

   --%test(what is no array is an error)
   --%throws(-20122)
   procedure no_array;
end crm_test_catalogue;
/
