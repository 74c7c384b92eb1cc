create or replace package crm_test_hash
   authid definer
is
   --%suite(row hash: golden vectors)
   --%suitepath(crm)

   --%test(the canonical text of every vector has its hash)
   procedure canonical_texts;

   --%test(the hash view gives every vector that the view of the clients can show its hash)
   procedure hash_view;
end crm_test_hash;
/
