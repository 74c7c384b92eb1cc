create or replace package body crm_test_catalogue
is
   l_added   pls_integer;
   l_known   pls_integer;
   l_refused pls_integer;

   procedure prepare
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_branch;
   begin
      ut.expect(co_key).to_be_not_null();
   end prepare;

   procedure store(in_industries in clob)
   is
   begin
      crm_catalogue.store_industries(
         in_industries => in_industries,
         out_added     => l_added,
         out_known     => l_known,
         out_refused   => l_refused
      );
   end store;

   function named(in_description in varchar2) return pls_integer
   is
      l_count pls_integer;
   begin
      select count(*)
        into l_count
        from erp.industries i
       where i.description = in_description;
      return l_count;
   end named;

   procedure added
   is
   begin
      store('["Panificação de Teste","Ótica de Teste"]');
      ut.expect(l_added).to_equal(2);
      ut.expect(l_known).to_equal(0);
      ut.expect(l_refused).to_equal(0);
      ut.expect(named('Panificação de Teste')).to_equal(1);
      ut.expect(named('Ótica de Teste')).to_equal(1);
   end added;

   procedure known_but_for_accents
   is
   begin
      store('["CERAMICA DE TESTE"]');
      ut.expect(l_added).to_equal(0);
      ut.expect(l_known).to_equal(1);
      ut.expect(named('Cerâmica de Teste')).to_equal(1);
      ut.expect(named('CERAMICA DE TESTE')).to_equal(0);
   end known_but_for_accents;

   procedure twice
   is
   begin
      store('["Panificação de Teste"]');
      store('["Panificação de Teste"]');
      ut.expect(l_added).to_equal(0);
      ut.expect(l_known).to_equal(1);
      ut.expect(named('Panificação de Teste')).to_equal(1);
   end twice;

   procedure repeated
   is
   begin
      store('["Panificação de Teste","PANIFICACAO DE TESTE"]');
      ut.expect(l_added).to_equal(1);
      ut.expect(l_known).to_equal(1);
   end repeated;

   procedure blanks
   is
   begin
      store('["  Cerâmica' || unistr('\00A0') || 'de Teste "]');
      ut.expect(l_added).to_equal(0);
      ut.expect(l_known).to_equal(1);
   end blanks;

   procedure refused
   is
   begin
      store('["","   ",null,"' || rpad('x', 61, 'x') || '","' || rpad('y', 60, 'y') || '"]');
      ut.expect(l_added).to_equal(1);
      ut.expect(l_known).to_equal(0);
      ut.expect(l_refused).to_equal(4);
      ut.expect(named(rpad('y', 60, 'y'))).to_equal(1);
   end refused;

   procedure nothing_deleted
   is
      l_before pls_integer;
      l_after  pls_integer;
   begin
      select count(*)
        into l_before
        from erp.industries i;
      store('[]');
      select count(*)
        into l_after
        from erp.industries i;
      ut.expect(l_after).to_equal(l_before);
      ut.expect(l_added + l_known + l_refused).to_equal(0);
   end nothing_deleted;

   procedure no_json
   is
   begin
      store('["');
   end no_json;

   procedure no_array
   is
   begin
      store('{"name":"x"}');
   end no_array;
end crm_test_catalogue;
/
